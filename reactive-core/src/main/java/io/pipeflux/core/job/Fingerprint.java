package io.pipeflux.core.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What makes a job the same job, as names and values that a person can read: its channels, format, schema, seed, batch
 * size. A checkpoint keeps them, and is refused to a job that has others.
 *
 * <p>Leave out what may change between two runs of a job, such as the number of steps or of epochs. At most
 * {@value #MOST} names, of {@value #NAME} characters each; values of {@value #VALUE}. Keep a hash of what is longer.
 * Immutable.
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

    /** One of a single name: {@code Fingerprint.of("train", "s3://bucket/train/").with("batch", 64)}. */
    public static Fingerprint of(String name, String value) {
        return new Fingerprint(Map.of()).with(name, value);
    }

    /**
     * This one, and another name and value.
     *
     * @throws IllegalArgumentException if the name is blank or has a value already, or one of the two is too long
     *     or has half of a surrogate pair, which no checkpoint can keep
     */
    public Fingerprint with(String name, String value) {
        Objects.requireNonNull(value, "value");
        if (name.isBlank() || name.length() > NAME) {
            throw new IllegalArgumentException(
                    "expected a name of 1 to " + NAME + " characters in a fingerprint, but got '" + name + "'");
        }
        if (value.length() > VALUE) {
            throw new IllegalArgumentException("expected at most " + VALUE + " characters as \"" + name
                    + "\" of a fingerprint, but got " + value.length() + ": use a hash of it");
        }
        if (!UTF_8.newEncoder().canEncode(name) || !UTF_8.newEncoder().canEncode(value)) {
            throw new IllegalArgumentException("expected text that UTF-8 can hold as \"" + name
                    + "\" of a fingerprint, but got half of a surrogate pair in its name or value: a checkpoint would not"
                    + " give it back; use a hash of it, or its bytes in hexadecimal digits");
        }
        if (values.containsKey(name) || values.size() == MOST) {
            throw new IllegalArgumentException("expected at most " + MOST
                    + " different names in a fingerprint, but got '" + name + "' after " + values.keySet());
        }
        Map<String, String> all = new TreeMap<>(values);
        all.put(name, value);
        return new Fingerprint(all);
    }

    /** This one, and another name and number. */
    public Fingerprint with(String name, long value) {
        return with(name, Long.toString(value));
    }

    /** The names, ascending, and their values. */
    Map<String, String> values() {
        return values;
    }

    /** One as it was read: not measured again, so that a later version may allow more. */
    static Fingerprint read(Map<String, String> values) {
        return new Fingerprint(new TreeMap<>(values));
    }

    /** Where a checkpoint's fingerprint, the other one, differs from this job's: empty if nowhere. */
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
