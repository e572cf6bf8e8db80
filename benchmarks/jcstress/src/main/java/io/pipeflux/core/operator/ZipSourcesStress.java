package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** The sources of {@code zip} emit and complete, each on its own thread. */
@JCStressTest
@JCStressMeta(TwoSourcesApart.class)
@State
public class ZipSourcesStress extends TwoSourcesApart {

    public ZipSourcesStress() {
        super(PipeOperators.zip(WhenOneEnds.FAIL));
    }
}
