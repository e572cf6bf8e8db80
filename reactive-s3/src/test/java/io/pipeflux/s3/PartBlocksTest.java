package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.Patience;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Parts leave direct memory to others, however many there are. */
class PartBlocksTest {

    private final AtomicLong held = new AtomicLong();

    @Test
    void beyondTheirShareBlocksAreOnTheHeap() {
        PartBlocks first = new PartBlocks(held, 2L * PartBlocks.BYTES);
        PartBlocks second = new PartBlocks(held, 2L * PartBlocks.BYTES);
        ByteBuffer one = first.take();
        ByteBuffer two = second.take();
        assertThat(one.isDirect()).isTrue();
        assertThat(two.isDirect()).isTrue();
        assertThat(first.take().isDirect()).isFalse();
        assertThat(second.take().isDirect()).isFalse();
        assertThat(held).hasValue(2L * PartBlocks.BYTES);
        first.give(List.of(one));
        assertThat(first.take()).isSameAs(one);
    }

    @Test
    void blocksThatNobodyGivesBackAreNotCountedForEver() {
        PartBlocks blocks = new PartBlocks(held, 4L * PartBlocks.BYTES);
        List<ByteBuffer> lost = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            lost.add(blocks.take());
        }
        assertThat(blocks.take().isDirect()).isFalse();
        lost.clear();
        await().atMost(Patience.PATIENCE).until(() -> {
            System.gc();
            return held.get() == 0;
        });
        assertThat(blocks.take().isDirect()).isTrue();
    }
}
