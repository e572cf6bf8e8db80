package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** Downstream of {@code sample} cancels while its sources emit. */
@JCStressTest
@JCStressMeta(TwoSourcesCancel.class)
@State
public class SampleCancelStress extends TwoSourcesCancel {

    public SampleCancelStress() {
        super(PipeOperators.sample(WhenOneEnds.CONTINUE, 42, 1, 1));
    }
}
