package io.pipeflux.core.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The format is one that other versions have written and will read. */
class CheckpointFormatTest {

    private static final Fingerprint JOB =
            Fingerprint.of("train", "s3://b/\u00fc\"\n").with("batch", 64);
    private static final byte[] STATE = {0, '\n', -1, 'x'};

    @TempDir
    Path directory;

    @Test
    void theBytesAreThese() {
        ResumePoint point = new ResumePoint(new Position(1, 2, 3, 4), 5);
        String header = "pipeflux checkpoint 1\n{\"step\":300,\"resumeAt\":\""
                + point.toJson().replace("\\", "\\\\").replace("\"", "\\\"")
                + "\",\"fingerprint\":{\"batch\":\"64\",\"train\":\"s3://b/\u00fc\\\"\\n\"},\"state\":4}\n";
        ByteBuffer expected = ByteBuffer.allocate(header.getBytes(StandardCharsets.UTF_8).length + 8)
                .put(header.getBytes(StandardCharsets.UTF_8))
                .put(STATE);
        CRC32C crc = new CRC32C();
        crc.update(expected.array(), 0, expected.position());
        expected.putInt((int) crc.getValue());
        assertThat(CheckpointFormat.encode(300, point, JOB, STATE)).isEqualTo(expected.array());
    }

    /** Written when version 1 was new; with an unknown field in its header. */
    @Test
    void aFileOfVersion1IsRead() throws IOException {
        try (InputStream golden = CheckpointFormatTest.class.getResourceAsStream("checkpoint-1")) {
            Files.copy(golden, directory.resolve("checkpoint"));
        }
        Checkpoint checkpoint = Checkpoints.directory(directory, JOB).latest().orElseThrow();
        assertThat(checkpoint.step()).isEqualTo(300);
        assertThat(checkpoint.resumeAt().position()).isEqualTo(new Position(1, 2, 3, 4));
        assertThat(checkpoint.resumeAt().drop()).isEqualTo(5);
        assertThat(checkpoint.state()).isEqualTo(STATE);
    }
}
