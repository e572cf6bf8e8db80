package io.pipeflux.s3;

import io.pipeflux.core.ObjectReadException;
import io.pipeflux.s3.SumKind.Sum;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Compares an object's bytes with the checksums of its uploaded parts, in the order of the parts. This is needed if the
 * object's composite checksum does not match for any of the usual part sizes: either the bytes were altered, or the
 * parts have unusual sizes.
 */
final class PartsCheck {

    private final StatedChecksum expected;
    private final RangeSums sums;
    private final long size;
    private final Sum all;
    private long at;
    private int parts;
    private @Nullable String unknown;
    private @Nullable ObjectReadException altered;

    PartsCheck(StatedChecksum expected, RangeSums sums, long size) {
        this.expected = expected;
        this.sums = sums;
        this.size = size;
        this.all = expected.requireKind().start();
    }

    /** Compares the bytes of the next uploaded part with its checksum. Returns whether further parts are needed. */
    boolean take(UploadedPart part, ObjectVersion version) {
        long to = at + part.size();
        if (part.size() <= 0 || to > size || (to == size) != (parts + 1 == expected.parts())) {
            unknown = "the store does not state the sizes of the object's " + expected.parts() + " parts";
            return false;
        }
        byte[] found = sums.between(at, to);
        if (found == null) {
            unknown = "its part " + (parts + 1) + " of " + part.size()
                    + " bytes has no checksum of its own, because its size is unusual";
            return false;
        }
        String text = SumKind.text(found);
        if (part.checksum() != null && !part.checksum().equals(text)) {
            altered = ReadFailures.alteredPart(
                    version, at, to, expected.kind() + " " + part.checksum(), expected.kind() + " " + text);
            return false;
        }
        all.update(found, 0, found.length);
        at = to;
        parts++;
        return at < size;
    }

    /** Returns why the object cannot be verified, or null if it can. */
    @Nullable
    String unknown() {
        return unknown;
    }

    /**
     * Fails if the bytes differ from the stored ones. Called after the last part, unless {@link #unknown} returns a
     * reason.
     */
    void verify(ObjectVersion version) {
        if (altered != null) {
            throw altered;
        }
        byte[] found = all.value();
        if (at != size || !Arrays.equals(found, expected.bytes())) {
            throw ReadFailures.altered(version, expected, SumKind.text(found) + "-" + parts);
        }
    }
}
