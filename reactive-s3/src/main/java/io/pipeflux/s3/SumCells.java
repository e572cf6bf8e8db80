package io.pipeflux.s3;

import io.pipeflux.s3.SumKind.Sum;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes the checksums of a part, all of one kind: one for each cell. A cell ends at each MiB of the object. If the
 * kind cannot be combined, the whole part is one cell. One thread at a time adds bytes.
 */
final class SumCells {

    /**
     * A cell ends at each multiple of this number. It is 1 MiB, because nearly all programs upload parts of whole MiB.
     */
    static final int GRID = 1 << 20;

    /**
     * The number of bytes in a cell, and their checksum. The first and the last cell of a part may be shorter than 1
     * MiB.
     */
    static final class Cell {

        private final int length;
        private final byte[] sum;

        Cell(int length, byte[] sum) {
            this.length = length;
            this.sum = sum;
        }

        int length() {
            return length;
        }

        byte[] sum() {
            return sum;
        }
    }

    private final SumKind kind;
    private final List<Cell> done = new ArrayList<>();
    private @Nullable Sum sum;
    private int length;

    SumCells(SumKind kind) {
        this.kind = kind;
    }

    SumKind kind() {
        return kind;
    }

    void update(byte[] bytes, int from, int count) {
        Sum filling = sum == null ? kind.start() : sum;
        filling.update(bytes, from, count);
        sum = filling;
        length += count;
    }

    void cut() {
        if (sum != null) {
            done.add(new Cell(length, sum.value()));
            sum = null;
            length = 0;
        }
    }

    /** Returns the checksums of all cells. Called after the last byte. */
    List<Cell> all() {
        cut();
        return done;
    }
}
