package io.pipeflux.core.internal;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/** Creates messages for users about errors in JSON. */
public final class JsonErrors {

    private static final Pattern MARKER = Pattern.compile(" \\(start marker at \\[Source: [^]]*]\\)");

    private JsonErrors() {}

    /** Returns the message without the parser's settings, which it shows for a place where JSON is cut off. */
    public static String message(JacksonException e) {
        return MARKER.matcher(String.valueOf(e.getOriginalMessage())).replaceAll("");
    }
}
