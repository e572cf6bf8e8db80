package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Blocks are used again only if no request can still read them. */
class PartBytesTest {

    private final PartBlocks memory = new PartBlocks();
    private final PartBytes part = new PartBytes(1, 3, memory);

    @Test
    void theMemoryOfAPartThatWasSentOnceIsUsedAgain() {
        part.fill(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        ByteBuffer sent = part.buffers().get(0);
        part.release();
        memory.take().put(0, (byte) 9);
        assertThat(sent.get(0)).isEqualTo((byte) 9);
    }

    @Test
    void theMemoryOfAPartThatWasSentAgainIsNot() {
        part.fill(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        ByteBuffer first = part.buffers().get(0);
        part.buffers();
        part.release();
        memory.take().put(0, (byte) 9);
        assertThat(first.get(0)).isEqualTo((byte) 1);
    }
}
