package io.pipeflux.s3;

import io.pipeflux.s3.SumKind.Sum;
import java.util.List;

/**
 * The checksums of the bytes of one part, of those kinds that its object may need. Updated by one thread at a time, and
 * read after the last byte.
 */
final class PartSums {

    private final ObjectChecksum object;
    private List<SumKind> kinds = List.of();
    private List<Sum> sums = List.of();
    private boolean begun;

    PartSums(ObjectChecksum object) {
        this.object = object;
    }

    void update(byte[] bytes, int from, int count) {
        List<SumKind> wanted = object.kinds();
        if (!begun) {
            begun = true;
            kinds = wanted;
            sums = wanted.stream().map(SumKind::start).toList();
        } else if (!wanted.equals(kinds)) { // the object's kind is known by now
            kinds = wanted;
            sums = sums.stream().filter(sum -> wanted.contains(sum.kind())).toList();
        }
        for (Sum sum : sums) {
            sum.update(bytes, from, count);
        }
    }

    /** Called if the part is fetched again from its first byte. */
    void reset() {
        begun = false;
    }

    List<Sum> sums() {
        return sums;
    }
}
