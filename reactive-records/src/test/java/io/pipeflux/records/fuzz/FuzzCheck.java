package io.pipeflux.records.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.codec.FrameFormat;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Flux;

/** What every decoder keeps to, whatever its input. */
final class FuzzCheck {

    /** Bits of {@link FuzzInput#option} that mean the same for all formats; the rest is the target's own. */
    static final int SHORT_RECORDS = 7;

    static final int SKIPPING = 6;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long SOME_BYTES = 1 << 20;

    private FuzzCheck() {}

    /**
     * The stream ends in frames and a clean end or our exception, without more memory than the input justifies; and
     * the same whether it comes in the fuzzer's chunks or in one.
     *
     * @param perByte how many bytes may be allocated for a byte of input, in total and not at one time
     */
    static <T> void decodes(FuzzInput input, FrameFormat<T> plain, int perByte, ToLongFunction<T> hash) {
        FrameFormat<T> format = plain;
        if (input.option(SHORT_RECORDS)) {
            format = format.maxRecordBytes(64);
        }
        if (input.option(SKIPPING)) {
            format = format.onCorrupt(SkipPolicy.skip(2, 5));
        }
        FrameFormat<T> chosen = format;
        String cut = outcome(input, perByte, () -> read(input.chunks().transform(chosen.decode()), hash));
        String whole = outcome(input, perByte, () -> read(input.whole().transform(chosen.decode()), hash));
        assertThat(cut).isEqualTo(whole);
    }

    /** How many frames there are, and a hash of all. */
    static <T> String read(Flux<T> frames, ToLongFunction<T> hash) {
        AtomicLong all = new AtomicLong();
        AtomicLong count = new AtomicLong();
        String end;
        try {
            frames.doOnNext(frame -> {
                        all.set(31 * all.get() + hash.applyAsLong(frame));
                        count.incrementAndGet();
                    })
                    .blockLast();
            end = "end";
        } catch (PipefluxException e) {
            // a length that is refused before it is known is the one that has arrived, and what the first bytes look
            // like is judged by those that have arrived
            end = e.toString()
                    .replaceFirst("record length [0-9]+", "record length")
                    .replaceFirst("; the first bytes are those of .*(?= \\()", "");
        }
        return count + " frames, " + all + ", " + end;
    }

    /**
     * What the action comes to: its result, or the text of our exception.
     *
     * @param perByte how many bytes may be allocated for a byte of input
     */
    static <R> R outcome(FuzzInput input, int perByte, Supplier<R> action) {
        long most = SOME_BYTES + (long) perByte * input.data().length;
        R result = null;
        long allocated = Long.MAX_VALUE;
        for (int tries = 0; allocated > most && tries < 3; tries++) { // classes may have been loaded, and instrumented
            long before = THREADS.getCurrentThreadAllocatedBytes();
            result = action.get();
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated)
                .as("bytes allocated for an input of %s", input.data().length)
                .isLessThanOrEqualTo(most);
        return result;
    }
}
