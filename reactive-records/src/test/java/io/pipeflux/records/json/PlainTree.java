package io.pipeflux.records.json;

import io.pipeflux.core.RawRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** A record in UTF-8 as Jackson reads it, as maps, lists, strings, bools and exact numbers. */
final class PlainTree {

    /** The value of a name that an object has twice. */
    static final Object TWICE = new Object();

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private PlainTree() {}

    /** A number whose exponent is too large for an exact one. */
    record Huge(String text) {}

    /** Returns the value; throws if the record is not one value. */
    static Object read(RawRecord record) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text(record))) {
            if (json.nextToken() == null) {
                throw new IllegalStateException("empty");
            }
            Object value = value(json);
            if (json.nextToken() != null) {
                throw new IllegalStateException("another value");
            }
            return value;
        } catch (JacksonException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(RawRecord record) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(record.toByteArray()))
                    .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(JsonParser json) {
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> object = new HashMap<>();
                while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = json.currentName();
                    json.nextToken();
                    Object value = value(json);
                    object.put(name, object.containsKey(name) ? TWICE : value);
                }
                yield object;
            }
            case START_ARRAY -> {
                List<Object> array = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(json));
                }
                yield array;
            }
            case VALUE_STRING -> json.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(json);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    private static Object number(JsonParser json) {
        if (json.isNaN()) {
            return json.getDoubleValue(); // also infinite
        }
        try {
            return json.getDecimalValue();
        } catch (NumberFormatException | ArithmeticException e) {
            return new Huge(json.getString());
        }
    }
}
