package io.pipeflux.test;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ByteFrames;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** The driver of all decoders, with the smallest format there is. */
class ByteFramesContractTest implements FrameFormatContract {

    private static final String[] WORDS = {"", "a", "bc", "def", "", "a longer record than the others", "z"};

    @Override
    public FrameFormat<RawRecord> format() {
        return ByteFrames.FORMAT;
    }

    @Override
    public List<Sample> samples() {
        return Stream.of(WORDS)
                .map(word -> Sample.of(ByteFrames.frames(word), word.getBytes(StandardCharsets.UTF_8)))
                .toList();
    }
}
