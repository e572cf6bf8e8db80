package io.pipeflux.core.internal;

import java.util.Locale;

/** Formats numbers of bytes for people, in bytes, kB or MB, depending on the size. */
public final class ByteText {

    private static final double KB = 1e3;
    private static final double MB = 1e6;

    private ByteText() {}

    /** Returns the text of a number of bytes, as {@link #of(double)} does. */
    public static String of(long bytes) {
        return of((double) bytes);
    }

    /** Returns a text such as {@code 640 B}, {@code 12.3 kB} or {@code 116.1 MB}. A kB is 1000 bytes. */
    public static String of(double bytes) {
        // the bounds are a little lower than the units, so that 999.96 kB are not shown as 1000.0 kB
        if (bytes < KB - 0.5) {
            return String.format(Locale.ROOT, "%.0f B", bytes);
        }
        return bytes < MB - KB / 20
                ? String.format(Locale.ROOT, "%.1f kB", bytes / KB)
                : String.format(Locale.ROOT, "%.1f MB", bytes / MB);
    }
}
