package io.pipeflux.s3;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Describes JSON values in error messages. */
final class JsonValues {

    private static final int SHOWN = 60;

    private JsonValues() {}

    /** Returns a description of the value that begins with the current token, for example {@code the number 7}. */
    static String describe(JsonParser json, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case END_OBJECT -> "the end of an object";
            case END_ARRAY -> "the end of the array";
            case VALUE_STRING -> "the string \"" + shorten(json.getString()) + "\"";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + shorten(json.getString());
            default -> json.getString();
        };
    }

    private static String shorten(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }
}
