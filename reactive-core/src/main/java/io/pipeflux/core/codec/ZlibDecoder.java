package io.pipeflux.core.codec;

import java.util.zip.Inflater;

/** Inflates ZLIB streams. {@link Inflater} itself reads each stream's header and verifies the stream's checksum. */
final class ZlibDecoder extends InflateDecoder {

    ZlibDecoder(int maxRatio) {
        super(new Inflater(), maxRatio);
    }

    @Override
    boolean between(FrameBuffer in) {
        return in.ensure(1);
    }

    @Override
    boolean header(FrameBuffer in) {
        return true;
    }

    @Override
    void inflated(byte[] array, int count) {}

    @Override
    boolean trailer(FrameBuffer in) {
        return true;
    }
}
