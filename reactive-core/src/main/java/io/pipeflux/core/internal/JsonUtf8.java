package io.pipeflux.core.internal;

import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonFactoryBuilder;

/**
 * Reads JSON in UTF-8, the only encoding that RFC 8259 permits. By default, Jackson's factories detect UTF-16 and
 * UTF-32 by zeros among the first bytes, and would therefore read the two bytes {@code 1 NUL} as the number 1.
 */
public final class JsonUtf8 {

    private static final int MARK_BYTES = 3;

    private JsonUtf8() {}

    /** Builds a factory that does not detect encodings. */
    public static JsonFactory factory(JsonFactoryBuilder builder) {
        return builder.disable(TokenStreamFactory.Feature.CHARSET_DETECTION).build();
    }

    /**
     * Returns the length of the byte order mark at the start of a JSON text, or 0 if there is none. RFC 8259 permits
     * parsers to ignore the mark.
     */
    public static int markBytes(byte[] array, int from, int length) {
        boolean isMarked = length >= MARK_BYTES
                && array[from] == (byte) 0xef
                && array[from + 1] == (byte) 0xbb
                && array[from + 2] == (byte) 0xbf;
        return isMarked ? MARK_BYTES : 0;
    }

    /** Returns a parser for the bytes. A byte order mark is skipped. */
    public static JsonParser parser(JsonFactory json, byte[] array, int from, int length) {
        int mark = markBytes(array, from, length);
        return json.createParser(ObjectReadContext.empty(), array, from + mark, length - mark);
    }
}
