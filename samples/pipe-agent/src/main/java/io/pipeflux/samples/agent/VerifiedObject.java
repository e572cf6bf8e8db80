package io.pipeflux.samples.agent;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The result of {@code pipe-agent verify} for one object.
 *
 * @param bytes the number of bytes that were read
 * @param records the number of good records, or null if records were not decoded
 * @param corrupt the number of records whose checksum is wrong
 * @param isHidden whether the object is hidden by Hadoop's rule, as {@code _SUCCESS} is, and is therefore not data
 * @param verified whether the bytes were compared with the store's checksum
 * @param problem a description of the problem, or null if there is none
 */
record VerifiedObject(
        String key,
        long bytes,
        @Nullable Long records,
        long corrupt,
        boolean isHidden,
        boolean verified,
        @Nullable String problem) {

    boolean isGood() {
        return problem == null;
    }

    /** Returns the object's line in the printed table. */
    String line() {
        return Printable.line(String.format(
                Locale.ROOT,
                "%-4s %14s records %,16d bytes  %-12s %s%s",
                isGood() ? "ok" : "BAD",
                records == null ? "-" : String.format(Locale.ROOT, "%,d", records),
                bytes,
                verified ? "verified" : "not verified",
                key,
                problem == null ? "" : ": " + ErrorLine.oneLine(problem)));
    }
}
