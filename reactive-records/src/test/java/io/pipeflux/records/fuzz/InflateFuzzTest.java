package io.pipeflux.records.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pipeflux.core.codec.Compression;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;

/** GZIP streams; with option 0 ZLIB. */
class InflateFuzzTest {

    private static final int BEST_RATIO = 1032; // of deflate

    @FuzzTest(maxDuration = "5m")
    void inflates(byte[] bytes) {
        FuzzInput input = FuzzInput.of(bytes);
        Compression compression = input.option(0) ? Compression.ZLIB : Compression.GZIP;
        String cut = inflated(input, input.chunks().transform(compression.inflate()));
        String whole = inflated(input, input.whole().transform(compression.inflate()));
        if (!cut.equals(whole)) {
            throw new AssertionError("in chunks: " + cut + "; in one: " + whole);
        }
    }

    /**
     * Describes the end of the stream and, unless it failed, all its bytes. How many bytes are emitted before an error,
     * and the offset of the error, depend on the chunks.
     */
    private static String inflated(FuzzInput input, Flux<ByteBuffer> chunks) {
        AtomicLong hash = new AtomicLong();
        String end = FuzzCheck.outcome(input, 2 * BEST_RATIO, () -> {
            hash.set(0);
            return FuzzCheck.read(
                    chunks.doOnNext(chunk -> {
                        while (chunk.hasRemaining()) {
                            hash.set(31 * hash.get() + chunk.get());
                        }
                    }),
                    chunk -> 0);
        });
        return end.endsWith("end") ? "end " + hash : end.substring(end.indexOf("io.pipeflux"), end.indexOf(" ("));
    }
}
