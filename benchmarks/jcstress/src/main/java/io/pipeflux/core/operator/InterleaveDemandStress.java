package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** Downstream of {@code interleave} requests while its sources emit and complete. */
@JCStressTest
@JCStressMeta(TwoSourcesDemand.class)
@State
public class InterleaveDemandStress extends TwoSourcesDemand {

    public InterleaveDemandStress() {
        super(PipeOperators.interleave(2, 2));
    }
}
