package io.pipeflux.core.internal;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/** Creates user-facing messages about errors in JSON. */
public final class JsonErrors {

    private static final Pattern MARKER = Pattern.compile(" \\(start marker at \\[Source: [^]]*]\\)");

    private JsonErrors() {}

    /**
     * Returns the message of an error. If the JSON ends too early, the parser adds its own settings to the message.
     * This method removes them.
     */
    public static String message(JacksonException e) {
        return MARKER.matcher(String.valueOf(e.getOriginalMessage())).replaceAll("");
    }
}
