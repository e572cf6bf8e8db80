package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.internal.JsonErrors;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the requested attributes from a JSON object. Its error messages state what is wrong, but not the line number.
 */
final class AttributeParser {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final List<String> attributes;
    private final boolean local;

    /** @param local whether {@code -ref} attributes refer to local files instead of objects in a store */
    AttributeParser(List<String> attributes, boolean local) {
        this.attributes = attributes;
        this.local = local;
    }

    /**
     * Returns the values of the attributes, in the order in which they were requested. A reference ({@code -ref}) is
     * returned as its URI, and any other attribute as the bytes to stream.
     *
     * @throws IllegalArgumentException if the text is not a JSON object, an attribute is missing, or a value is invalid
     */
    List<byte[]> values(byte[] text) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = json.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("expected an object, but got " + JsonValues.describe(json, first));
            }
            byte[] @Nullable [] values = new byte[attributes.size()][];
            List<String> names = new ArrayList<>();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                JsonToken token = json.nextToken();
                names.add(name);
                int wanted = attributes.indexOf(name);
                if (wanted < 0) {
                    json.skipChildren();
                } else {
                    values[wanted] = value(name, json, token, text);
                }
            }
            if (json.nextToken() != null) {
                throw new IllegalArgumentException(
                        "expected nothing after the object, but got " + JsonValues.describe(json, json.currentToken()));
            }
            return complete(values, names);
        } catch (JacksonException e) {
            String message = JsonErrors.message(e);
            String hint = message.contains("(code 39)") ? "; JSON strings have double quotes, not single quotes" : "";
            throw new IllegalArgumentException("invalid JSON: " + message + hint, e);
        }
    }

    private List<byte[]> complete(byte[] @Nullable [] values, List<String> names) {
        List<byte[]> all = new ArrayList<>(values.length);
        for (int i = 0; i < values.length; i++) {
            byte[] value = values[i];
            if (value == null) {
                throw new IllegalArgumentException(
                        "expected the attribute \"" + attributes.get(i) + "\", but got only " + names);
            }
            all.add(value);
        }
        return all;
    }

    private byte[] value(String name, JsonParser json, JsonToken token, byte[] text) {
        if (AugmentedLine.isReference(name)) {
            return reference(name, json, token);
        }
        if (!token.isStructStart()) {
            String scalar = json.getString();
            if (!S3Uri.isText(scalar)) {
                throw new IllegalArgumentException("expected a text of whole characters as the attribute \"" + name
                        + "\", but got half a surrogate pair");
            }
            return scalar.getBytes(UTF_8);
        }
        int from = (int) json.currentTokenLocation().getByteOffset();
        json.skipChildren();
        return compact(text, from, (int) json.currentLocation().getByteOffset());
    }

    private byte[] reference(String name, JsonParser json, JsonToken token) {
        if (token == JsonToken.VALUE_STRING) {
            String uri = json.getString();
            if (local && AugmentedLine.isFile(uri)) {
                return uri.getBytes(UTF_8);
            }
            try {
                if (!local && !S3Uri.parse(uri).prefix().isEmpty()) {
                    return uri.getBytes(UTF_8);
                }
            } catch (IllegalArgumentException e) {
                // the exception at the end of this method reports this value
            }
        }
        throw new IllegalArgumentException("expected "
                + (local ? "a file, as file:path or file:///path," : "the URI of an object s3://bucket/key")
                + " as the attribute \"" + name + "\", but got " + JsonValues.describe(json, token));
    }

    /** Returns the JSON text of a value without the white space outside of strings. */
    private static byte[] compact(byte[] text, int from, int to) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
        boolean inString = false;
        for (int i = from; i < to; i++) {
            byte b = text[i];
            if (inString && b == '\\') {
                out.write(b);
                out.write(text[++i]);
                continue;
            }
            if (b == '"') {
                inString = !inString;
            }
            if (inString || (b != ' ' && b != '\t' && b != '\r' && b != '\n')) {
                out.write(b);
            }
        }
        return out.toByteArray();
    }
}
