package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** Two sources of {@code zip} emit while downstream cancels. */
@JCStressTest
@JCStressMeta(TwoSources.class)
@State
public class ZipCancelStress {

    private final TwoSources sources = TwoSources.zipped(3);

    @Actor
    public void upstream() {
        sources.giveFirst();
        sources.giveSecond();
    }

    @Actor
    public void downstream() {
        sources.cancel();
    }

    @Arbiter
    public void account(L_Result result) {
        result.r1 = sources.outcome();
    }
}
