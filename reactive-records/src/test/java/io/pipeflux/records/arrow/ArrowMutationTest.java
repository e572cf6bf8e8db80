package io.pipeflux.records.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.test.Chunkings;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged streams end in our exceptions or are read as other batches; no other exception, no endless loop. */
class ArrowMutationTest {

    private static final int MUTATIONS = 60_000;
    private static final long MOST_ALLOCATED = 256 << 10; // for streams of about 8 KiB, exceptions and all

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private long mostAllocated;
    private String mostAllocating = "";
    private int refused;

    @Test
    void randomBytesInRandomPlaces() {
        byte[] bytes = TestBatches.stream(TestBatches.everyKind(3, 1), TestBatches.everyKind(2, 2));
        for (int seed = 0; seed < MUTATIONS; seed++) {
            Random random = new Random(seed);
            byte[] mutated = bytes.clone();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                mutate(mutated, random);
            }
            decode(mutated, "seed " + seed);
        }
        assertThat(refused).isGreaterThan(MUTATIONS / 4);
        assertThat(mostAllocated).as(mostAllocating).isLessThan(MOST_ALLOCATED);
    }

    @Test
    void everyByteOfTheMetadataWithEveryBitChanged() {
        byte[] bytes = TestBatches.stream(TestBatches.everyKind(1, 1));
        for (int at = 0; at < bytes.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] mutated = bytes.clone();
                mutated[at] ^= (byte) (1 << bit);
                decode(mutated, "byte " + at + ", bit " + bit);
            }
        }
        assertThat(refused).isGreaterThan(bytes.length);
        assertThat(mostAllocated).as(mostAllocating).isLessThan(MOST_ALLOCATED);
    }

    private static void mutate(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(4)) {
            case 0 -> bytes[at] = (byte) random.nextInt();
            case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> { // a number of four bytes that is small, large or negative
                int number = random.nextBoolean() ? random.nextInt(64) - 32 : random.nextInt();
                for (int i = 0; i < 4 && (at & ~3) + i < bytes.length; i++) {
                    bytes[(at & ~3) + i] = (byte) (number >> 8 * i);
                }
            }
            default -> { // some bytes of another place
                int from = random.nextInt(bytes.length);
                System.arraycopy(
                        bytes, from, bytes, at, Math.min(random.nextInt(16), bytes.length - Math.max(from, at)));
            }
        }
    }

    private void decode(byte[] bytes, String how) {
        long allocated = allocatedBy(bytes, how);
        if (allocated > MOST_ALLOCATED) {
            allocated = allocatedBy(bytes, how); // the first time it may be classes that were loaded
        }
        if (allocated > mostAllocated) {
            mostAllocated = allocated;
            mostAllocating = how;
        }
    }

    private long allocatedBy(byte[] bytes, String how) {
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
            TestBatches.decode(Chunkings.ofSize(bytes, bytes.length).bytes());
        } catch (PipefluxException e) {
            refused++;
            assertThat(e.getMessage()).as(how).doesNotContain("message: null"); // as of the JVM's in compiled code
        } catch (RuntimeException | StackOverflowError e) {
            fail(how, e);
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
