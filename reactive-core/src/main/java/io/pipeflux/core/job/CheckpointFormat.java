package io.pipeflux.core.job;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.JsonErrors;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Encodes and decodes a checkpoint. The command {@code head -2} shows everything except the state.
 *
 * <pre>
 *   pipeflux checkpoint 1\n                                  the version
 *   {"step":300,"resumeAt":"{...}","fingerprint":{"batch":"64", ...},"state":2064}\n
 *   2064 bytes of state
 *   4 bytes                                                  CRC-32C of all bytes before it, big-endian
 * </pre>
 *
 * The resume point is stored as the text of {@link ResumePoint#toJson}, which has its own version. Unknown fields of
 * the header are ignored.
 */
final class CheckpointFormat {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final String MAGIC = "pipeflux checkpoint ";
    private static final int VERSION = 1;
    private static final int LONGEST_FIRST_LINE = 40;
    private static final int CHECKSUM = 4;

    private CheckpointFormat() {}

    /** A checkpoint that was read, and the fingerprint of the job that has written the checkpoint. */
    record Decoded(Checkpoint checkpoint, Fingerprint fingerprint) {}

    static byte[] encode(long step, ResumePoint resumeAt, Fingerprint fingerprint, byte[] state) {
        StringWriter header = new StringWriter();
        header.write(MAGIC + VERSION + "\n");
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), header)) {
            json.writeStartObject();
            json.writeNumberProperty("step", step);
            json.writeStringProperty("resumeAt", resumeAt.toJson());
            json.writeObjectPropertyStart("fingerprint");
            fingerprint.values().forEach(json::writeStringProperty);
            json.writeEndObject();
            json.writeNumberProperty("state", state.length);
            json.writeEndObject();
        }
        byte[] first = (header + "\n").getBytes(StandardCharsets.UTF_8);
        long size = (long) first.length + state.length + CHECKSUM;
        // the maximum length of an array
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "expected a state that fits into an array together with its header, but got " + state.length
                            + " bytes");
        }
        ByteBuffer all = ByteBuffer.allocate((int) size).put(first).put(state);
        return all.putInt(checksum(all.array(), all.position())).array();
    }

    /**
     * Decodes a checkpoint.
     *
     * @throws IllegalArgumentException if the bytes are not a checkpoint. The message continues a sentence that begins
     *     with the name of the checkpoint
     */
    static Decoded decode(byte[] bytes) {
        int begin = version(bytes);
        int end = bytes.length - CHECKSUM;
        int expected = end < begin ? 0 : ByteBuffer.wrap(bytes).getInt(end);
        if (end < begin || checksum(bytes, end) != expected) {
            throw new IllegalArgumentException("is damaged: expected the checksum " + Integer.toHexString(expected)
                    + " over " + Math.max(0, end) + " bytes, but got another");
        }
        int lineEnd = lineEnd(bytes, begin, end);
        try {
            return header(new String(bytes, begin, lineEnd - begin, StandardCharsets.UTF_8), bytes, lineEnd + 1, end);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("has a header that is not valid JSON: " + JsonErrors.message(e), e);
        }
    }

    /** Checks the first line. Returns the index at which the second line begins. */
    private static int version(byte[] bytes) {
        int lineEnd = lineEnd(bytes, 0, Math.min(bytes.length, LONGEST_FIRST_LINE));
        String line = new String(bytes, 0, lineEnd, StandardCharsets.ISO_8859_1);
        if (!line.matches(MAGIC + "[0-9]{1,9}")) {
            String found = line.replaceAll("[^ -~]", "?");
            throw new IllegalArgumentException(
                    "is not a checkpoint: expected the first line '" + MAGIC + VERSION + "', but got '" + found + "'");
        }
        int version = Integer.parseInt(line.substring(MAGIC.length()));
        if (version != VERSION) {
            throw new IllegalArgumentException("has format version " + version + ", but this version of Pipeflux reads "
                    + VERSION + " only: use the version that wrote it, or a newer one");
        }
        return lineEnd + 1;
    }

    private static int lineEnd(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return to;
    }

    private static Decoded header(String text, byte[] bytes, int begin, int end) {
        Map<String, String> values = new TreeMap<>();
        Map<String, Long> numbers = new TreeMap<>();
        String resumeAt = null;
        Map<String, String> fingerprint = null;
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw wrong("an object", text);
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (value == JsonToken.VALUE_NUMBER_INT && (name.equals("step") || name.equals("state"))) {
                    numbers.put(name, json.getLongValue());
                } else if (value == JsonToken.VALUE_STRING && name.equals("resumeAt")) {
                    resumeAt = json.getString();
                } else if (value == JsonToken.START_OBJECT && name.equals("fingerprint")) {
                    readStrings(json, values, text);
                    fingerprint = values;
                } else {
                    json.skipChildren();
                }
            }
        }
        Long step = numbers.get("step");
        Long state = numbers.get("state");
        if (step == null
                || state == null
                || resumeAt == null
                || fingerprint == null
                || step < 0
                || state != end - begin) {
            throw wrong("step, resumeAt, fingerprint and the state's " + (end - begin) + " bytes", text);
        }
        byte[] own = Arrays.copyOfRange(bytes, begin, end);
        return new Decoded(new Checkpoint(step, resumePoint(resumeAt), own), Fingerprint.read(fingerprint));
    }

    private static ResumePoint resumePoint(String text) {
        try {
            return ResumePoint.fromJson(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("has a resume point that cannot be used: " + e.getMessage(), e);
        }
    }

    private static void readStrings(JsonParser json, Map<String, String> values, String text) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_STRING) {
                throw wrong("text as \"" + name + "\" of the fingerprint", text);
            }
            values.put(name, json.getString());
        }
    }

    private static IllegalArgumentException wrong(String expected, String found) {
        return new IllegalArgumentException("has a wrong header: expected " + expected + ", but got " + found);
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
