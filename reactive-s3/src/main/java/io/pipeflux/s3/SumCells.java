package io.pipeflux.s3;

import io.pipeflux.s3.SumKind.Sum;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The checksums, of one kind, of the bytes of a part, cell by cell. One thread at a time updates them. */
final class SumCells {

    /** The distance of the boundaries between cells. Nearly all programs upload parts of whole MiB. */
    static final int GRID = 1 << 20;

    /** The checksum of some of the part's bytes. */
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
