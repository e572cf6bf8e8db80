package io.pipeflux.core.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.internal.KeyText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Identifies a job by readable names and values, such as its channels, format, schema, seed and batch size. A
 * checkpoint contains the fingerprint of its job. A job with a different fingerprint refuses the checkpoint. Instances
 * are immutable.
 *
 * <p>Omit values that may change between two runs of a job, such as the number of steps or epochs. A fingerprint has at
 * most {@value #MOST} names. A name has at most {@value #NAME} characters, and a value has at most {@value #VALUE}. If
 * a value is longer, use its hash instead.
 */
public final class Fingerprint {

    private static final int MOST = 100;
    private static final int NAME = 100;
    private static final int VALUE = 1000;
    private static final int SHOWN = 10;

    private final Map<String, String> values;

    private Fingerprint(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    /**
     * Returns a fingerprint of one name and value, for example {@code Fingerprint.of("train",
     * "s3://bucket/train/").with("batch", 64)}.
     *
     * @throws IllegalArgumentException in the same cases as {@link #with(String, String)}
     */
    public static Fingerprint of(String name, String value) {
        return new Fingerprint(Map.of()).with(name, value);
    }

    /**
     * Returns a copy of this fingerprint that also contains the given name and value.
     *
     * @throws IllegalArgumentException if the name is blank or already has a value, if the fingerprint has too many
     *     names, if the name or the value is too long, or if one of them has an unpaired surrogate (a checkpoint cannot
     *     store it)
     */
    public Fingerprint with(String name, String value) {
        Objects.requireNonNull(value, "value");
        if (name.isBlank() || name.length() > NAME) {
            throw new IllegalArgumentException("expected a name of 1 to " + NAME
                    + " characters in a fingerprint, but got " + KeyText.quoted(name));
        }
        if (value.length() > VALUE) {
            throw new IllegalArgumentException("expected at most " + VALUE + " characters as " + KeyText.quoted(name)
                    + " of a fingerprint, but got " + value.length() + ": use a hash of it");
        }
        if (!UTF_8.newEncoder().canEncode(name) || !UTF_8.newEncoder().canEncode(value)) {
            throw new IllegalArgumentException("expected text that UTF-8 can encode as " + KeyText.quoted(name)
                    + " of a fingerprint, but got an unpaired surrogate in its name or value: a checkpoint could not"
                    + " store it; use a hash of it, or its bytes in hexadecimal digits");
        }
        if (values.containsKey(name) || values.size() == MOST) {
            throw new IllegalArgumentException("expected at most " + MOST
                    + " different names in a fingerprint, but got " + KeyText.quoted(name) + " after "
                    + KeyText.printable(values.keySet().toString()));
        }
        Map<String, String> all = new TreeMap<>(values);
        all.put(name, value);
        return new Fingerprint(all);
    }

    /**
     * Returns a copy of this fingerprint that also contains the given name and number.
     *
     * @throws IllegalArgumentException in the same cases as {@link #with(String, String)}
     */
    public Fingerprint with(String name, long value) {
        return with(name, Long.toString(value));
    }

    /** Returns the values by name, in ascending order of the names. */
    Map<String, String> values() {
        return values;
    }

    /** Returns the fingerprint of a checkpoint. Does not check the limits, so that a later version can raise them. */
    static Fingerprint read(Map<String, String> values) {
        return new Fingerprint(new TreeMap<>(values));
    }

    /**
     * Returns a description of the differences between a checkpoint's fingerprint and this job's fingerprint. Returns
     * an empty string if they are equal.
     */
    String differences(Fingerprint other) {
        TreeSet<String> names = new TreeSet<>(values.keySet());
        names.addAll(other.values.keySet());
        List<String> found = new ArrayList<>();
        for (String name : names) {
            String here = values.get(name);
            String there = other.values.get(name);
            if (!Objects.equals(here, there)) {
                found.add(name + " is " + text(there) + " in the checkpoint, but " + text(here) + " in this job");
            }
        }
        int more = found.size() - SHOWN;
        return String.join("; ", found.subList(0, Math.min(SHOWN, found.size())))
                + (more > 0 ? "; and " + more + " more differences" : "");
    }

    private static String text(@Nullable String value) {
        return value == null ? "not given" : "'" + value + "'";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Fingerprint fingerprint && values.equals(fingerprint.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "Fingerprint" + values;
    }
}
