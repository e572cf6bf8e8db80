package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache that several processes use at the same time, of which some are killed. */
class CachedProcessesTest extends S3Test {

    private static final int KILLS = Math.max(1, Integer.getInteger("pipeflux.kills", 20) / 10);
    private static final int OBJECTS = 24;
    private static final int SIZE = 300_000;
    private static final int FOREVER = Integer.MAX_VALUE;

    @TempDir
    Path directory;

    private long sum;
    private long all;

    private void putObjects() {
        for (int i = 0; i < OBJECTS; i++) {
            byte[] bytes = S3Server.bytes(i % 3 == 0 ? SIZE : 10_000 + i, i);
            server.put(bucket, "o" + i, bytes);
            CRC32 crc = new CRC32();
            crc.update(bytes);
            sum += crc.getValue();
            all += CacheKey.onDisk(bytes.length + 60);
        }
    }

    private ForkedJvm reader(long bytes, int epochs) {
        return ForkedJvm.run(CachedProcessesMain.class, server.port(), bucket, directory, bytes, epochs);
    }

    private long onDisk() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !file.endsWith(".lock"))
                    .mapToLong(file -> CacheKey.onDisk(file.toFile().length()))
                    .sum();
        }
    }

    private S3Channel channel(long bytes) {
        return S3Channels.prefix(server.client(), "s3://" + bucket + "/").cachedIn(directory, bytes);
    }

    @Test
    void processesShareFilesAndTheBound() throws Exception {
        putObjects();
        long bound = all * 2 / 3;
        List<ForkedJvm> readers = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                readers.add(reader(bound, 3));
            }
            for (int epoch = 0; epoch < 3; epoch++) {
                for (ForkedJvm reader : readers) {
                    assertThat(reader.readAnswer()).startsWith(sum + " ");
                }
                assertThat(onDisk()).isLessThanOrEqualTo(bound);
            }
        } finally {
            readers.forEach(ForkedJvm::close);
        }
        PipelineMonitor monitor = PipelineMonitor.create("train");
        assertThat(CachedProcessesMain.sum(channel(bound), monitor)).isEqualTo(sum);
        assertThat(monitor.cachedBytes()).isGreaterThan(bound - 2 * SIZE);
    }

    @Test
    void aProcessThatIsKilledAtAnyMomentDoesNoHarm() throws Exception {
        putObjects();
        long bound = all; // exactly: a file that a killed process has left would take another one's room
        Random random = new Random(7);
        for (int i = 0; i < KILLS; i++) {
            try (ForkedJvm reader = reader(bound, FOREVER)) {
                if (i % 2 == 0) { // while it writes its first files
                    while (!Files.exists(directory.resolve(".lock"))) {
                        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
                    }
                } else {
                    assertThat(reader.readAnswer()).startsWith(sum + " ");
                }
                LockSupport.parkNanos(random.nextInt(30_000_000));
                reader.kill();
            }
            assertThat(onDisk()).isLessThanOrEqualTo(bound);
            PipelineMonitor monitor = PipelineMonitor.create("train");
            assertThat(CachedProcessesMain.sum(channel(bound), monitor)).isEqualTo(sum);
            assertThat(CachedProcessesMain.sum(channel(bound), monitor)).isEqualTo(sum);
            assertThat(onDisk()).isLessThanOrEqualTo(bound);
            if (i % 2 == 0) {
                emptyDirectory();
            }
        }
    }

    @Test
    void whatAKilledWriterLeftIsTakenOver() throws Exception {
        putObjects();
        CacheDirectory cache = CacheDirectory.of(directory);
        byte[] bytes = S3Server.bytes(SIZE, 0);
        CacheKey key = channel(all)
                .objects()
                .filter(object -> object.key().endsWith("/o0"))
                .map(object -> CacheKey.of(object.key(), object.etag(), object.size()))
                .single()
                .block();
        Files.write(directory.resolve(key.part()), new byte[SIZE + 7]);

        CacheWriter writer = cache.begin(key, all, false);
        assertThat(writer).isNotNull();
        assertThat(cache.begin(key, all, false)).isNull(); // it is being written now
        writer.write(ByteBuffer.wrap(bytes));
        cache.commit(writer, true);
        PipelineMonitor monitor = PipelineMonitor.create("train");
        assertThat(CachedProcessesMain.sum(channel(all), monitor)).isEqualTo(sum);
        assertThat(monitor.cachedBytes()).isEqualTo(SIZE);
    }

    private void emptyDirectory() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }
}
