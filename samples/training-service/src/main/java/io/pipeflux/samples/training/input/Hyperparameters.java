package io.pipeflux.samples.training.input;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The hyperparameters of a job. All names and values are text. Names that differ only in {@code -} and {@code _} are
 * equal.
 */
public final class Hyperparameters {

    private final Map<String, String> values;

    private Hyperparameters(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Returns hyperparameters with the names and values of a map.
     *
     * @throws IllegalArgumentException if two names differ only in {@code -} and {@code _}, but have different values
     */
    public static Hyperparameters of(Map<String, String> values) {
        Map<String, String> byName = new TreeMap<>();
        values.forEach((name, value) -> {
            String other = byName.put(canonical(name), value);
            if (other != null && !other.equals(value)) {
                throw new IllegalArgumentException("expected one value for the hyperparameter \"" + canonical(name)
                        + "\", but got '" + other + "' and '" + value + "'");
            }
        });
        return new Hyperparameters(byName);
    }

    /**
     * Returns these hyperparameters together with others. If a name occurs in both, the value from {@code winning} is
     * used.
     */
    public Hyperparameters with(Map<String, String> winning) {
        Map<String, String> all = new TreeMap<>(values);
        winning.forEach((name, value) -> all.put(canonical(name), value));
        return new Hyperparameters(all);
    }

    /** Returns the value with this name, or null if there is none. */
    public @Nullable String find(String name) {
        return values.get(canonical(name));
    }

    /** Returns all names and their values. The names are spelled with {@code -} instead of {@code _}. */
    public Map<String, String> all() {
        return Map.copyOf(values);
    }

    /**
     * Returns the value with this name.
     *
     * @throws IllegalArgumentException if there is no value
     */
    public String text(String name) {
        String value = find(name);
        if (value == null) {
            throw new IllegalArgumentException(
                    "expected a hyperparameter \"" + name + "\", but got only " + values.keySet());
        }
        return value;
    }

    /**
     * Returns the value with this name as a whole number.
     *
     * @throws IllegalArgumentException if there is no value, or it is not a whole number
     */
    public int number(String name) {
        String value = text(name);
        try {
            return Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "expected a whole number as hyperparameter \"" + name + "\", but got '" + value + "'", e);
        }
    }

    private static String canonical(String name) {
        return name.replace('_', '-');
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
