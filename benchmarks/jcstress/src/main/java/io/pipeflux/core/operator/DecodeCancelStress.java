package io.pipeflux.core.operator;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A chunk arrives while the decoder is being cancelled. The chunk must not be both decoded and discarded. If its bytes
 * were already in the decoder's buffer, neither happens, because those bytes are not an element that could be
 * discarded.
 */
@JCStressTest
@Outcome(id = StressSink.BALANCED, expect = Expect.ACCEPTABLE, desc = "the chunk was decoded or discarded")
@Outcome(
        id = "an element was lost",
        expect = Expect.ACCEPTABLE_INTERESTING,
        desc = "the chunk was in the decoder's buffer: bytes, not yet an element")
@Outcome(expect = Expect.FORBIDDEN, desc = "the chunk came twice, or an end came")
@State
public class DecodeCancelStress {

    private static final FrameFormat<RawRecord> BYTES =
            FrameFormat.of("bytes", () -> in -> in.ensure(1) ? in.record(1, 0, 1) : null);

    private final StressSource source = new StressSource();
    private final StressSink sink = new StressSink();

    public DecodeCancelStress() {
        source.map(i -> ByteBuffer.wrap(new byte[1])).transform(BYTES.decode()).subscribe(sink);
        sink.upstream.request(1);
    }

    @Actor
    public void upstream() {
        source.give(0, 1);
    }

    @Actor
    public void downstream() {
        sink.upstream.cancel();
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sink.outcome(source.given());
    }
}
