package io.pipeflux.samples.agent;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.pipeflux.core.DeadLetter;
import io.pipeflux.core.Position;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.internal.Failed;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * How to handle records that are corrupt or cannot be parsed: the limits for skipping them, and the file to which
 * skipped records are written.
 *
 * @param most the maximum number of records to skip per epoch and channel. If it is 0, the first bad record ends the
 *     run
 * @param inARow the maximum number of consecutive records to skip, without a good record between them
 * @param share the maximum fraction of bad records among the records read, or among 1000 if fewer were read
 * @param file the file to which skipped records are appended, one line of JSON each, or null to only log them
 */
record BadRecords(
        long most, int inARow, double share, @Nullable Path file) {

    private static final int OF_AT_LEAST = 1000;
    private static final JsonFactory JSON = new JsonFactory();

    static BadRecords none() {
        return new BadRecords(0, 1, 1, null);
    }

    /** Creates the file early, so that a file that cannot be written is reported before data are read. */
    BadRecords withFile() {
        if (file != null) {
            try {
                open(file).close();
            } catch (IOException e) {
                throw new InputException("could not write the file of --bad-records-to: " + Failed.reason(e));
            }
        }
        return this;
    }

    /** Returns the policy for a channel. The counts begin at 0 in each epoch. */
    SkipPolicy policy(String channel) {
        if (most == 0) {
            return SkipPolicy.fail();
        }
        SkipPolicy policy = SkipPolicy.skip(inARow, most);
        policy = share < 1 ? policy.maxShare(share, OF_AT_LEAST) : policy;
        if (file == null) {
            return policy;
        }
        Path to = file;
        return policy.deadLetters(letter -> write(to, line(channel, letter)));
    }

    /** Opens the file for appending. Only the file's owner may read it, because it contains data. */
    private static SeekableByteChannel open(Path file) throws IOException {
        return Files.newByteChannel(
                file,
                Set.of(CREATE, APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /**
     * Appends a line to the file that all channels share. The file is opened anew for each line. This is fast enough,
     * because there are few lines. If another process has moved the file, this method creates a new one.
     */
    private static synchronized void write(Path file, String line) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
        try (SeekableByteChannel to = open(file)) {
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not write a bad record to " + file, e);
        }
    }

    private static String line(String channel, DeadLetter letter) {
        StringWriter line = new StringWriter();
        Position position = letter.position();
        byte[] bytes = new byte[letter.bytes().remaining()];
        letter.bytes().duplicate().get(bytes);
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), line)) {
            json.writeStartObject();
            json.writeStringProperty("channel", channel);
            if (letter.source() != null) {
                json.writeStringProperty("source", letter.source());
            }
            if (position != null) {
                json.writeNumberProperty("epoch", position.epoch());
                json.writeNumberProperty("byte", position.byteOffset());
                json.writeNumberProperty("record", position.recordOrdinal());
            }
            json.writeStringProperty("cause", String.valueOf(letter.cause().getMessage()));
            json.writeStringProperty("bytes", Base64.getEncoder().encodeToString(bytes));
            json.writeEndObject();
        }
        return line.toString();
    }
}
