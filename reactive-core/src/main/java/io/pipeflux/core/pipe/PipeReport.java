package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.internal.JsonErrors;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The report of a writer about its pipe. A report is needed because a FIFO cannot carry an error, and because its
 * reader cannot distinguish a writer that has finished from one that was killed. The report is written before the pipe
 * can be opened, and updated in place before the pipe is closed. It is one JSON object in a file of 4096 bytes, padded
 * with blanks:
 *
 * <pre>
 *   format       1; a reader rejects a newer format and ignores members that it does not know
 *   id           random, different for each pipe that is written
 *   device, inode, mtimeNanos
 *                the identity of the FIFO, read when the FIFO was created
 *   content      the name of the channel's content. The same bytes have the same name, even after a restart.
 *                Absent if the content has no name
 *   state        "not ended" or "ended"
 *   bytes        the number of bytes that were written into the pipe
 *   objects      the number of objects to which these bytes belong
 *   ok, error    true if the pipe was written to its end; otherwise false, with the reason
 *   readBytes, knownBytes, allBytes, knownObjects, allObjects
 *                how much of its source the writer has read, and what it knows of the source's size; updated about
 *                once a second while the pipe is written; absent if unknown
 *   crc32        the checksum of all bytes before this member, as eight hexadecimal digits
 * </pre>
 *
 * <p>Before version 0.1.0, the agent of Pipeflux wrote the report only when the pipe ended, with only the members
 * {@code bytes}, {@code objects}, {@code ok} and {@code error}. Such a report has format 0 and does not identify its
 * pipe. A reader of that earlier version can read a report of the current format, because the report still contains
 * these four members.
 *
 * @param pipe the FIFO that the report describes, or null in format 0
 * @param progress the writer's progress in reading its source, or null if the progress is unknown
 * @param end the end of the pipe, or null if the pipe has not ended
 */
record PipeReport(
        int format,
        String id,
        @Nullable PipeIdentity pipe,
        @Nullable String content,
        @Nullable EpochProgress progress,
        @Nullable End end) {

    /**
     * The length of a report in bytes. This space is reserved when the report is created, so that a full disk cannot
     * prevent an update.
     */
    static final int BYTES = 4096;

    static final int FORMAT = 1;

    /** The text in the member {@code error} before the pipe has ended, for readers that know only format 0. */
    private static final String NOT_ENDED = "not ended: the writer is at work, or was lost";

    private static final String CHECKSUM = "\"crc32\":\"";
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * Describes how a pipe has ended.
     *
     * @param bytes the number of bytes that were written into the pipe
     * @param objects the number of objects to which these bytes belong
     * @param error the reason why the pipe ended early, or null if it did not end early
     */
    record End(long bytes, long objects, @Nullable String error) {}

    /**
     * Returns the text that reports a failure to the reader. If the failure is an {@code Error}, the text includes the
     * class name, because the message alone says too little.
     */
    static String reason(Throwable failure) {
        String message = failure.getMessage();
        return message == null || failure instanceof Error ? failure.toString() : message;
    }

    static PipeReport begun(String id, PipeIdentity pipe, @Nullable String content) {
        return new PipeReport(FORMAT, id, pipe, content, null, null);
    }

    PipeReport at(EpochProgress progress) {
        return new PipeReport(format, id, pipe, content, progress, end);
    }

    PipeReport ended(End end) {
        return new PipeReport(format, id, pipe, content, progress, end);
    }

    /**
     * Returns the content of the report's file. Truncates the error's text if it is too long, and replaces invalid
     * characters.
     */
    byte[] encode() {
        String error = end == null ? NOT_ENDED : end.error;
        byte[] text = text(error);
        for (int length = error == null ? 0 : Math.min(error.length(), BYTES); text.length > BYTES; ) {
            length = length * 3 / 4;
            text = text(String.valueOf(error).substring(0, length) + " ...");
        }
        byte[] block = Arrays.copyOf(text, BYTES);
        Arrays.fill(block, text.length, BYTES - 1, (byte) ' ');
        block[BYTES - 1] = text.length == BYTES ? block[BYTES - 1] : (byte) '\n';
        return block;
    }

    private byte[] text(@Nullable String error) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeNumberProperty("format", format);
            json.writeStringProperty("id", id);
            if (pipe != null) {
                json.writeNumberProperty("device", pipe.device());
                json.writeNumberProperty("inode", pipe.inode());
                json.writeNumberProperty("mtimeNanos", pipe.mtimeNanos());
            }
            if (content != null) {
                json.writeStringProperty("content", content);
            }
            json.writeStringProperty("state", end == null ? "not ended" : "ended");
            json.writeNumberProperty("bytes", end == null ? 0 : end.bytes);
            json.writeNumberProperty("objects", end == null ? 0 : end.objects);
            json.writeBooleanProperty("ok", error == null);
            if (error != null) {
                json.writeStringProperty("error", error);
            }
            if (progress != null) {
                json.writeNumberProperty("readBytes", progress.bytes());
                json.writeNumberProperty("knownBytes", progress.knownBytes());
                json.writeBooleanProperty("allBytes", progress.allBytesKnown());
                json.writeNumberProperty("knownObjects", progress.knownObjects());
                json.writeBooleanProperty("allObjects", progress.allObjectsKnown());
            }
            json.writeEndObject();
        }
        // String.getBytes replaces unpaired surrogates, which a file's name or an error may contain.
        String members = text.getBuffer().substring(0, text.getBuffer().length() - 1) + ",";
        byte[] checked = members.getBytes(StandardCharsets.UTF_8);
        String last = CHECKSUM + checksum(checked, checked.length) + "\"}";
        byte[] whole = Arrays.copyOf(checked, checked.length + last.length());
        System.arraycopy(last.getBytes(StandardCharsets.US_ASCII), 0, whole, checked.length, last.length());
        return whole;
    }

    private static String checksum(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    /**
     * Decodes a report of the current format or an earlier one.
     *
     * @throws IOException if the bytes are not a report, have a newer format, or are incomplete
     */
    static PipeReport decode(byte[] bytes) throws IOException {
        Members members = new Members();
        String text = new String(bytes, StandardCharsets.UTF_8);
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            members.read(json);
        } catch (JacksonException e) {
            throw new IOException("expected the JSON of a pipe's report, but got: " + JsonErrors.message(e), e);
        }
        if (members.format > FORMAT) {
            throw new IOException("expected format " + FORMAT + " or older, but got " + members.format
                    + ": update the reader to the agent's version");
        }
        // ISO 8859-1 has one character per byte, so an index in the text is also an index in the bytes
        verify(bytes, new String(bytes, StandardCharsets.ISO_8859_1), members.format);
        return members.report();
    }

    private static void verify(byte[] bytes, String text, int format) throws IOException {
        int at = text.lastIndexOf(CHECKSUM);
        if (at < 0 && format == 0) {
            return;
        }
        String expected = at < 0 ? "a checksum" : CHECKSUM + checksum(bytes, at) + "\"}";
        String found = at < 0 ? "none" : text.substring(at).stripTrailing();
        if (!found.equals(expected)) {
            throw new IOException("expected " + expected + ", but got " + found);
        }
    }

    /** The known members of a report. A field is null if its member is missing. */
    private static final class Members {

        private int format;
        private String id = "";
        private @Nullable Long device;
        private @Nullable Long inode;
        private @Nullable Long mtimeNanos;
        private @Nullable String content;
        private @Nullable String state;
        private @Nullable Long bytes;
        private long objects;
        private @Nullable Long readBytes;
        private long knownBytes;
        private boolean allBytes;
        private long knownObjects;
        private boolean allObjects;
        private @Nullable Boolean ok;
        private @Nullable String error;

        void read(JsonParser json) throws IOException {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("expected a JSON object, but got " + json.currentToken());
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "format" -> format = json.getIntValue();
                    case "id" -> id = json.getString();
                    case "device" -> device = json.getLongValue();
                    case "inode" -> inode = json.getLongValue();
                    case "mtimeNanos" -> mtimeNanos = json.getLongValue();
                    case "content" -> content = json.getString();
                    case "state" -> state = json.getString();
                    case "bytes" -> bytes = json.getLongValue();
                    case "objects" -> objects = json.getLongValue();
                    case "readBytes" -> readBytes = json.getLongValue();
                    case "knownBytes" -> knownBytes = json.getLongValue();
                    case "allBytes" -> allBytes = json.getBooleanValue();
                    case "knownObjects" -> knownObjects = json.getLongValue();
                    case "allObjects" -> allObjects = json.getBooleanValue();
                    case "ok" -> ok = json.getBooleanValue();
                    case "error" -> error = json.getString();
                    default -> json.skipChildren();
                }
            }
        }

        private @Nullable EpochProgress progress() {
            return readBytes == null
                    ? null
                    : new EpochProgress(readBytes, knownBytes, allBytes, knownObjects, allObjects, Optional.empty());
        }

        PipeReport report() throws IOException {
            if (format < 0 || bytes == null || ok == null) {
                throw new IOException("expected a report with bytes and ok, but got bytes " + bytes + ", ok " + ok);
            }
            String reason = Boolean.TRUE.equals(ok) ? null : error == null ? "no reason given" : error;
            End end = new End(bytes, objects, reason);
            if (format == 0) {
                return new PipeReport(0, id, null, null, null, end);
            }
            if (id.isEmpty() || device == null || inode == null || mtimeNanos == null) {
                throw new IOException("expected a report with id, device, inode and mtimeNanos, but got " + id + ", "
                        + device + ", " + inode + ", " + mtimeNanos);
            }
            boolean ended = "ended".equals(state);
            if (!ended && !"not ended".equals(state)) {
                throw new IOException("expected the state \"ended\" or \"not ended\", but got \"" + state + "\"");
            }
            PipeIdentity pipe = new PipeIdentity(device, inode, mtimeNanos);
            return new PipeReport(format, id, pipe, content, progress(), ended ? end : null);
        }
    }
}
