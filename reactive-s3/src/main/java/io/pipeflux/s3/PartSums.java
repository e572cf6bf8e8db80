package io.pipeflux.s3;

import java.util.List;

/**
 * The checksums of one part, in all kinds that may be needed to verify the object. One thread at a time updates the
 * checksums. They are read after the last byte has been added.
 *
 * <pre>
 *   object   0     1     2     3     4     5 MiB
 *   part        |                        |
 *   cells       |  |     |     |     |   |
 * </pre>
 *
 * <p>If the checksums of a kind can be combined, the part has one checksum of this kind for each cell. A cell ends at
 * each MiB of the object, because the parts in which the object was uploaded may begin at any MiB.
 */
final class PartSums {

    private final ObjectChecksum object;
    private final long first;
    private List<SumKind> kinds = List.of();
    private List<SumCells> sums = List.of();
    private long at;
    private boolean begun;

    /** @param first the offset of the part in its object */
    PartSums(ObjectChecksum object, long first) {
        this.object = object;
        this.first = first;
    }

    void update(byte[] bytes, int from, int count) {
        List<SumKind> wanted = object.kinds();
        if (!begun) {
            begun = true;
            at = first;
            kinds = wanted;
            sums = wanted.stream().map(SumCells::new).toList();
        } else if (!wanted.equals(kinds)) { // the kind that the object needs has become known
            kinds = wanted;
            sums = sums.stream().filter(sum -> wanted.contains(sum.kind())).toList();
        }
        if (sums.isEmpty()) {
            return;
        }
        for (int next = from, end = from + count; next < end; ) {
            int some = (int) Math.min(end - next, SumCells.GRID - at % SumCells.GRID);
            at += some;
            for (SumCells sum : sums) {
                sum.update(bytes, next, some);
                if (at % SumCells.GRID == 0 && sum.kind().isCombinable()) {
                    sum.cut();
                }
            }
            next += some;
        }
    }

    /** Discards all checksums. Called when the part is fetched again from its first byte. */
    void reset() {
        begun = false;
    }

    List<SumCells> sums() {
        return sums;
    }
}
