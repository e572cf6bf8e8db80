package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** Downstream of {@code interleave} cancels while its sources emit. */
@JCStressTest
@JCStressMeta(TwoSourcesCancel.class)
@State
public class InterleaveCancelStress extends TwoSourcesCancel {

    public InterleaveCancelStress() {
        super(PipeOperators.interleave(2, 2));
    }
}
