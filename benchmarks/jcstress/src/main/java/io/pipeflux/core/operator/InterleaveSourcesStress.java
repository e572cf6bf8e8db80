package io.pipeflux.core.operator;

import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;

/** The sources of {@code interleave} emit and complete, each on its own thread. */
@JCStressTest
@JCStressMeta(TwoSourcesApart.class)
@State
public class InterleaveSourcesStress extends TwoSourcesApart {

    public InterleaveSourcesStress() {
        super(PipeOperators.interleave(2, 2));
    }
}
