package io.pipeflux.records.arrow;

import io.pipeflux.core.suite.HeldMemory;
import io.pipeflux.records.arrow.ArrowBoundsMain.Line;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the lines of Arrow in the table of bounds in docs/architecture.md to what they state. */
class ArrowBoundsTest {

    private static final int ROOM_MEBIBYTES = 24;

    @ParameterizedTest
    @EnumSource
    void aLineHoldsNoMoreThanItsBound(Line line) throws Exception {
        HeldMemory.assertHeld(line.bound, ROOM_MEBIBYTES, ArrowBoundsMain.class, line);
    }
}
