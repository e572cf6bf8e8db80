package io.pipeflux.core.internal;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/** Reads a small JSON file as a whole, for example one that a user has written by hand. */
public final class JsonTree {

    private static final JsonFactory JSON =
            JsonUtf8.factory(JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION));

    private JsonTree() {}

    /**
     * Parses a JSON value. Objects become maps, and arrays become lists. The other values become strings, booleans,
     * integers, exact decimal numbers, or null.
     *
     * @throws IllegalArgumentException if the bytes are not exactly one valid value. The message is a predicate, such
     *     as {@code is not valid JSON: ..., line 3}
     */
    public static @Nullable Object read(byte[] json) {
        try (JsonParser parser = JsonUtf8.parser(JSON, json, 0, json.length)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("is not valid JSON: expected a value, but got nothing");
            }
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("is not valid JSON: expected one value, but got another after it"
                        + at(parser.currentLocation()));
            }
            return value;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("is not valid JSON: " + JsonErrors.message(e) + at(e.getLocation()), e);
        } catch (NumberFormatException e) { // thrown for the number 1e99999999999, for example
            throw new IllegalArgumentException(
                    "is not valid JSON: expected numbers that have a value, but got: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the location as a suffix for a message. The location is null if a limit of Jackson is exceeded, such as
     * the nesting depth.
     */
    private static String at(@Nullable TokenStreamLocation location) {
        return location == null ? "" : ", line " + location.getLineNr();
    }

    private static @Nullable Object value(JsonParser json) {
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = json.currentName();
                    json.nextToken();
                    object.put(name, value(json));
                }
                yield object;
            }
            case START_ARRAY -> {
                List<@Nullable Object> array = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(json));
                }
                yield array;
            }
            case VALUE_NUMBER_INT -> json.getNumberValue();
            case VALUE_NUMBER_FLOAT -> json.getDecimalValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> whole(json, json.getString());
        };
    }

    /**
     * Fails if the text contains an unpaired surrogate, because UTF-8 encoding would replace it by a question mark and
     * so change the value. Member names are not passed to this method, because Jackson itself checks them.
     */
    private static String whole(JsonParser json, String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new StreamReadException(json, "expected whole characters, but got half a surrogate pair");
        }
        return text;
    }
}
