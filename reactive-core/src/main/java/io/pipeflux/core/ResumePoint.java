package io.pipeflux.core;

import java.io.StringWriter;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Where to begin again: a position to read from, and how many records to read and drop from there.
 *
 * <p>It is a token of less than 200 bytes that a training loop stores beside its model ({@link #toJson}) and hands back
 * after a restart ({@link Pass#resumeAt}). The drop count is 0 where a stream can be entered at any record; it is not 0
 * in streams that can be entered at some places only, such as the beginning of a compressed object.
 *
 * @param position the position of the first byte to read
 * @param drop how many records to drop from there, not negative
 */
public record ResumePoint(Position position, long drop) {

    /** The beginning of epoch 0. */
    public static final ResumePoint START = new ResumePoint(Position.START, 0);

    private static final JsonFactory JSON = new JsonFactory();

    public ResumePoint {
        if (drop < 0) {
            throw new IllegalArgumentException("drop >= 0 required but it was " + drop);
        }
    }

    /** So many records on. */
    ResumePoint plus(long records) {
        return new ResumePoint(position, drop + records);
    }

    /** The ordinal in its epoch of the record that is read first. */
    long nextRecord() {
        return position.recordOrdinal() + drop;
    }

    /** The token as one line of JSON. */
    public String toJson() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeNumberProperty("epoch", position.epoch());
            json.writeNumberProperty("object", position.objectOrdinal());
            json.writeNumberProperty("byte", position.byteOffset());
            json.writeNumberProperty("record", position.recordOrdinal());
            json.writeNumberProperty("drop", drop);
            json.writeEndObject();
        }
        return text.toString();
    }

    /**
     * Reads what {@link #toJson} wrote; unknown fields are ignored.
     *
     * @throws IllegalArgumentException if the text is no such JSON or a field is missing
     */
    public static ResumePoint fromJson(String text) {
        Map<String, Long> fields = new HashMap<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("a resume point is a JSON object, found: " + text);
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                if (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
                    fields.put(name, json.getLongValue());
                } else {
                    json.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not a resume point: " + text, e);
        }
        Position position = new Position(
                field(fields, "epoch", text),
                field(fields, "object", text),
                field(fields, "byte", text),
                field(fields, "record", text));
        return new ResumePoint(position, field(fields, "drop", text));
    }

    private static long field(Map<String, Long> fields, String name, String text) {
        Long value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the resume point has no number \"" + name + "\": " + text);
        }
        return value;
    }
}
