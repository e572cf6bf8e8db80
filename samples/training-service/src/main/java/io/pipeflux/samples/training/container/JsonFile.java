package io.pipeflux.samples.training.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reads small JSON files whole: objects as maps, arrays as lists, numbers as they were written, that is as text. */
final class JsonFile {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonFile() {}

    /** The object that the file holds, or null if there is no such file: one that cannot be read is an error. */
    static @Nullable Map<String, @Nullable Object> readIfThere(Path file) throws IOException {
        try {
            return readObject(file);
        } catch (NoSuchFileException e) {
            if (Files.isSymbolicLink(file)) {
                throw new IOException(file + " is a link to something that is not there", e);
            }
            return null;
        }
    }

    /** The object that the file holds. */
    static Map<String, @Nullable Object> readObject(Path file) throws IOException {
        try {
            if (parse(Files.readString(file)) instanceof Map<?, ?> map) {
                Map<String, @Nullable Object> object = new LinkedHashMap<>();
                map.forEach((name, value) -> object.put(String.valueOf(name), value));
                return object;
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + " is not legal JSON: " + e.getOriginalMessage(), e);
        }
        throw new IllegalArgumentException("expected a JSON object in " + file + ", but got something else");
    }

    /** The value that the text is, where null is one. */
    static @Nullable Object parse(String text) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            json.nextToken();
            Object value = value(json);
            if (json.nextToken() != null) {
                throw new IllegalArgumentException("more than one JSON value");
            }
            return value;
        }
    }

    private static @Nullable Object value(JsonParser json) {
        JsonToken token = json.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                json.nextToken();
                object.put(name, value(json));
            }
            return object;
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> array = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                array.add(value(json));
            }
            return array;
        }
        return token == null || token == JsonToken.VALUE_NULL ? null : json.getString();
    }
}
