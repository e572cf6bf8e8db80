package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** Downstream of {@code sample} requests while its sources emit and complete. */
@JCStressTest
@JCStressMeta(TwoSourcesDemand.class)
@State
public class SampleDemandStress extends TwoSourcesDemand {

    public SampleDemandStress() {
        super(PipeOperators.sample(WhenOneEnds.CONTINUE, 42, 1, 1));
    }
}
