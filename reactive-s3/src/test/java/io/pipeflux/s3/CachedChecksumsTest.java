package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** What objects on the local disk were compared with. */
class CachedChecksumsTest extends S3Test {

    private static final int PART = 100_000;
    private static final byte[] MANY = S3Server.bytes(3 * CacheKey.BLOCK, 2);
    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(PART).windowBytes(6 * PART).retries(2);
    private static final S3ReadOptions REQUIRE = OPTIONS.checksums(Checksums.REQUIRE);

    @TempDir
    Path directory;

    private ChecksumStore store;
    private S3AsyncClient reader;

    @BeforeEach
    void startStore() throws IOException {
        store = new ChecksumStore(Map.of("p/many", MANY));
        reader = server.plainClient(store.port(), ReactorNettyHttpClient.builder());
    }

    @AfterEach
    void stopStore() throws IOException {
        store.close();
    }

    private S3Channel channel(S3ReadOptions options) {
        return S3Channels.prefix(reader, "s3://train/p/", options).cachedIn(directory, 1 << 30);
    }

    private PipelineMonitor read(S3ReadOptions options) {
        PipelineMonitor monitor = PipelineMonitor.create("train");
        assertThat(Arrays.equals(all(channel(options).bytes().contextWrite(monitor.watch())), MANY))
                .isTrue();
        return monitor;
    }

    private List<Path> files(String end) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(end)).toList();
        }
    }

    @Test
    void whatWasVerifiedCountsAsVerified() throws IOException {
        assertThat(read(OPTIONS).verifiedBytes()).isEqualTo(MANY.length);
        int gets = store.gets().size();
        for (S3ReadOptions options : List.of(OPTIONS, REQUIRE)) {
            PipelineMonitor monitor = read(options);
            assertThat(monitor.verifiedBytes()).isEqualTo(MANY.length);
            assertThat(monitor.cachedBytes()).isEqualTo(MANY.length);
        }
        assertThat(store.gets()).hasSize(gets);
        assertThat(files(CacheKey.VERIFIED)).hasSize(1);
        assertThat(files(CacheKey.PLAIN)).isEmpty();
    }

    @Test
    void whatWasNotVerifiedIsNotReadWhereThatIsRequired() throws IOException {
        assertThat(read(OPTIONS.checksums(Checksums.OFF)).verifiedBytes()).isZero();
        assertThat(read(OPTIONS).cachedBytes()).isEqualTo(MANY.length);
        assertThat(files(CacheKey.PLAIN)).hasSize(1);

        assertThat(read(REQUIRE).cachedBytes()).isZero();
        assertThat(read(REQUIRE).cachedBytes()).isEqualTo(MANY.length);
        assertThat(files(CacheKey.VERIFIED)).hasSize(1);
    }

    @Test
    void alteredBytesAreNotKept() throws IOException {
        store.flip(MANY.length / 2, Integer.MAX_VALUE);
        assertThatThrownBy(() -> channel(OPTIONS).bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("not those that were stored");
        assertThat(files(CacheKey.VERIFIED)).isEmpty();
        assertThat(files(CacheKey.PLAIN)).isEmpty();
        assertThat(files(CacheKey.PART)).isEmpty();
    }

    @Test
    void anObjectThatMustBeVerifiedIsEnteredInside() {
        read(REQUIRE);
        ObjectBytes object = channel(REQUIRE).objects().single().block();
        assertThat(Arrays.equals(all(object.bytes(7)), Arrays.copyOfRange(MANY, 7, MANY.length)))
                .isTrue();
    }

    @Test
    void theRestOfADamagedFileIsVerified() throws IOException {
        read(REQUIRE);
        Path file = files(CacheKey.VERIFIED).get(0);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        PipelineMonitor monitor = read(REQUIRE);
        assertThat(monitor.cachedBytes()).isEqualTo(2 * CacheKey.BLOCK);
        assertThat(monitor.verifiedBytes()).isEqualTo(MANY.length); // all of it was read again
    }
}
