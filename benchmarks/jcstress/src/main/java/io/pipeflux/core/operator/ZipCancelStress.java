package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** Downstream of {@code zip} cancels while its sources emit. */
@JCStressTest
@JCStressMeta(TwoSourcesCancel.class)
@State
public class ZipCancelStress extends TwoSourcesCancel {

    public ZipCancelStress() {
        super(PipeOperators.zip(WhenOneEnds.FAIL));
    }
}
