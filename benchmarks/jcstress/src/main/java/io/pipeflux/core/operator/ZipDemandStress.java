package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** Downstream of {@code zip} requests while its sources emit and complete. */
@JCStressTest
@JCStressMeta(TwoSourcesDemand.class)
@State
public class ZipDemandStress extends TwoSourcesDemand {

    public ZipDemandStress() {
        super(PipeOperators.zip(WhenOneEnds.FAIL));
    }
}
