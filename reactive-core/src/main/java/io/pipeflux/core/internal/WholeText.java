package io.pipeflux.core.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Objects;

/**
 * Checks users' texts before they are compared or written as bytes. {@link String#getBytes} replaces an unpaired
 * surrogate by a question mark, which would result in a different name or value.
 */
public final class WholeText {

    private WholeText() {}

    /**
     * Returns the text if UTF-8 can encode it.
     *
     * @param what a name for the text, for use in the message
     * @throws IllegalArgumentException if UTF-8 cannot encode the text
     */
    public static String of(String what, String text) {
        Objects.requireNonNull(text, what);
        if (!UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("expected whole characters as the " + what
                    + ", but got half a surrogate pair in " + KeyText.quoted(text));
        }
        return text;
    }

    /**
     * Returns the bytes of a text in UTF-8.
     *
     * @throws IllegalArgumentException if UTF-8 cannot encode the text
     */
    public static byte[] utf8(String what, String text) {
        return of(what, text).getBytes(UTF_8);
    }
}
