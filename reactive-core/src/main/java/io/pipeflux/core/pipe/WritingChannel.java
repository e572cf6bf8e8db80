package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.NonReadableChannelException;

/** The channel of a side that only writes. */
interface WritingChannel extends ByteChannel {

    @Override
    default int read(ByteBuffer chunk) {
        throw new NonReadableChannelException();
    }
}
