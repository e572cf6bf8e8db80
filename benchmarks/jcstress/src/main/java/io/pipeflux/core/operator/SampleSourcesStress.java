package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** The sources of {@code sample} emit and complete, each on its own thread. */
@JCStressTest
@JCStressMeta(TwoSourcesApart.class)
@State
public class SampleSourcesStress extends TwoSourcesApart {

    public SampleSourcesStress() {
        super(PipeOperators.sample(WhenOneEnds.CONTINUE, 42, 1, 1));
    }
}
