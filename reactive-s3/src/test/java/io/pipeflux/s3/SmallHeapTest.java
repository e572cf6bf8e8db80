package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.s3.test.EndlessStore;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads far more than the heap, which is the default window and 64 MiB, in a JVM of its own. */
class SmallHeapTest {

    private static final long MIB = 1 << 20;
    private static final int HEAP_MIB = (int) (SmallHeapMain.WINDOW / MIB) + 64;
    private static final Pattern SAID = Pattern.compile("(\\d+) bytes read, (\\d+) held at most, .*");

    @Test
    void aWindowThatIsFullFitsIntoAHeapThatIsHardlyLarger() throws Exception {
        readsInASmallHeap(2, 256 * MIB);
    }

    @Test
    @Tag("soak")
    @Timeout(600)
    void fourGibibytesGoThroughIt() throws Exception {
        readsInASmallHeap(4, 1024 * MIB);
    }

    private static void readsInASmallHeap(int objects, long size) throws Exception {
        try (EndlessStore store = EndlessStore.start(objects, size);
                ForkedJvm java = ForkedJvm.run(HEAP_MIB, SmallHeapMain.class, store.port(), objects * size)) {
            List<String> said = java.readLines();
            assertThat(said).isNotEmpty();
            String last = said.get(said.size() - 1);
            System.out.println("small heap: " + last);
            Matcher matcher = SAID.matcher(last);
            assertThat(matcher.matches()).as(String.join("\n", said)).isTrue();
            assertThat(Long.parseLong(matcher.group(1))).isEqualTo(objects * size);
            assertThat(Long.parseLong(matcher.group(2))).isBetween(SmallHeapMain.FULL, SmallHeapMain.WINDOW);
        }
    }
}
