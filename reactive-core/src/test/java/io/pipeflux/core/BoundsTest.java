package io.pipeflux.core;

import io.pipeflux.core.BoundsMain.Line;
import io.pipeflux.core.suite.HeldMemory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the table of bounds in docs/architecture.md to what it states, each line in a JVM of its own. */
class BoundsTest {

    private static final int ROOM_MEBIBYTES = 24;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void aLineHoldsNoMoreThanItsBound(Line line) throws Exception {
        HeldMemory.assertHeld(line.bound, ROOM_MEBIBYTES, BoundsMain.class, line, directory);
    }
}
