package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.NonReadableChannelException;

/** A channel that can only be written to. */
interface WritingChannel extends ByteChannel {

    @Override
    default int read(ByteBuffer chunk) {
        throw new NonReadableChannelException();
    }
}
