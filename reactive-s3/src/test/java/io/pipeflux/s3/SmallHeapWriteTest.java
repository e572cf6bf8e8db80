package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.s3.test.DrainStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes far more than fits into memory, in a JVM of its own with a heap that is smaller than the parts in flight. */
class SmallHeapWriteTest {

    private static final long MIB = 1 << 20;
    private static final int HEAP_MIB = 56;

    /** Eight parts in flight, the one that is filled, and some blocks. */
    private static final int DIRECT_MIB = 76;

    @Test
    void anObjectThatIsLargerThanTheMemoryIsWritten() throws Exception {
        writes(256 * MIB + 17);
    }

    @Test
    @Tag("soak")
    @Timeout(600)
    void fourGibibytesAreWritten() throws Exception {
        writes(4096 * MIB + 17);
    }

    private static void writes(long size) throws Exception {
        try (DrainStore store = DrainStore.start(8);
                ForkedJvm java =
                        ForkedJvm.runWithin(HEAP_MIB, DIRECT_MIB, SmallHeapWriteMain.class, store.port(), size)) {
            assertThat(java.readLines()).last().isEqualTo(size + " bytes written");
            assertThat(store.bytes()).isEqualTo(size);
        }
    }
}
