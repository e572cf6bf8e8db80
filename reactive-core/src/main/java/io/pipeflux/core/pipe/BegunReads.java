package io.pipeflux.core.pipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.NonWritableChannelException;

/**
 * A channel for reading. It first returns the bytes of {@code first}, which were read from {@code channel} before this
 * object was created. Then it returns the remaining bytes of {@code channel}.
 */
record BegunReads(ByteChannel channel, ByteBuffer first) implements ByteChannel {

    @Override
    public int read(ByteBuffer chunk) throws IOException {
        if (!first.hasRemaining()) {
            return channel.read(chunk);
        }
        int count = Math.min(first.remaining(), chunk.remaining());
        chunk.put(first.slice(first.position(), count));
        first.position(first.position() + count);
        return count;
    }

    @Override
    public int write(ByteBuffer chunk) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
