package io.pipeflux.s3;

import io.pipeflux.s3.SumKind.Sum;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes one checksum for each cell of a part, all of one kind. One thread at a time adds bytes. */
final class SumCells {

    /**
     * The distance between the boundaries of cells. It is 1 MiB, because nearly all programs upload parts of whole MiB.
     */
    static final int GRID = 1 << 20;

    /** A range of bytes between two boundaries of the grid, or the piece of it that the part covers, with its checksum. */
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
