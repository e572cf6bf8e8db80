package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Two sources of {@code zip} emit and complete while downstream requests more. */
@JCStressTest
@JCStressMeta(TwoSources.class)
@State
public class ZipDemandStress {

    private final TwoSources sources = TwoSources.zipped(1);

    @Actor
    public void upstream() {
        sources.endFirst();
        sources.endSecond();
    }

    @Actor
    public void downstream() {
        sources.requestMore();
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sources.outcomeOfAll();
    }
}
