package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Two sources of {@code interleave} emit and complete, each on its own thread. */
@JCStressTest
@JCStressMeta(TwoSources.class)
@State
public class InterleaveSourcesStress {

    private final TwoSources sources = TwoSources.interleaved(4);

    @Actor
    public void first() {
        sources.endFirst();
    }

    @Actor
    public void second() {
        sources.endSecond();
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sources.outcomeOfAll();
    }
}
