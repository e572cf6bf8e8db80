package io.pipeflux.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.TruncatedInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class ZstdTest {

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).ints(size / 2, 0, 16).forEach(i -> bytes[i * (size / 16)] = (byte) i);
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 7) * bytes[i / 2]);
        }
        return bytes;
    }

    private static Flux<ByteBuffer> chunks(byte[] bytes, int size) {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            chunks.add(ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size))));
        }
        return Flux.fromIterable(chunks);
    }

    private static byte[] joined(Flux<ByteBuffer> bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        bytes.doOnNext(chunk -> out.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining()))
                .blockLast();
        return out.toByteArray();
    }

    @Test
    void framesAreDecompressedHoweverTheyAreCut() throws IOException {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        for (int size : new int[] {0, 1, 1000, 65536, 300_000}) {
            frames.write(Zstd.compress(random(size)));
            plain.write(random(size));
        }
        for (int chunk : new int[] {1, 7, 1000, 65536, 1 << 20}) {
            assertThat(joined(chunks(frames.toByteArray(), chunk).transform(Compression.ZSTD.inflate())))
                    .as("chunks of %s bytes", chunk)
                    .isEqualTo(plain.toByteArray());
        }
        StepVerifier.create(Flux.<ByteBuffer>empty().transform(Compression.ZSTD.inflate()))
                .verifyComplete();
    }

    @Test
    void inputThatEndsInsideAFrameIsTruncated() {
        byte[] frame = Zstd.compress(random(1000));
        for (int length = 1; length < frame.length; length++) {
            StepVerifier.create(chunks(Arrays.copyOf(frame, length), 100)
                            .transform(Compression.ZSTD.inflate())
                            .then())
                    .expectError(TruncatedInputException.class)
                    .verify();
        }
    }

    @Test
    void whatIsNotZstandardOrIsABombIsAnError() {
        StepVerifier.create(chunks("not compressed".getBytes(java.nio.charset.StandardCharsets.UTF_8), 5)
                        .transform(Compression.ZSTD.inflate()))
                .expectError(CorruptRecordException.class)
                .verify();
        byte[] bomb = Zstd.compress(new byte[64 << 20]);
        StepVerifier.create(
                        chunks(bomb, 1000).transform(Compression.ZSTD.inflate()).then())
                .expectError(CorruptRecordException.class)
                .verify();
        assertThat(joined(chunks(bomb, 1000).transform(Compression.ZSTD.inflate(0))))
                .hasSize(64 << 20);
    }

    @Test
    void damagedFramesEndOrFail() {
        byte[] frame = Zstd.compress(random(3000));
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            byte[] damaged = frame.clone();
            damaged[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                joined(chunks(damaged, 50).transform(Compression.ZSTD.inflate()));
            } catch (PipefluxException e) {
                assertThat(e).hasMessageStartingWith("Zstandard: ");
            }
        }
    }

    /** Loads the library's classes without zstd-jni. */
    @Test
    void withoutTheLibraryTheErrorSaysWhatToAdd() throws Exception {
        URL[] urls = Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                .filter(path -> !path.contains("zstd-jni"))
                .map(path -> {
                    try {
                        return java.nio.file.Path.of(path).toUri().toURL();
                    } catch (java.net.MalformedURLException e) {
                        throw new IllegalArgumentException(e);
                    }
                })
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
            Class<?> probe = loader.loadClass(Probe.class.getName());
            assertThat((String) probe.getMethod("message").invoke(null)).contains("com.github.luben:zstd-jni");
        }
    }

    /** Runs where zstd-jni is missing. */
    public static final class Probe {

        private Probe() {}

        public static String message() {
            try {
                Flux.just(ByteBuffer.allocate(8))
                        .transform(Compression.ZSTD.inflate())
                        .blockLast();
                return "no error";
            } catch (IllegalStateException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }
}
