package io.pipeflux.samples.agent;

import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.JsonTree;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An object in a JSON file. Its error messages begin with the location in the file: {@code train.json: channel 2:
 * S3DataType: ...}. Field names are not case-sensitive. This class remembers which fields were read, so that {@link
 * #unknown} can return the remaining fields.
 */
final class JsonObject {

    private final String where;
    private final Map<String, @Nullable Object> fields;
    private final Set<String> known = new LinkedHashSet<>();

    private JsonObject(String where, Map<String, @Nullable Object> fields) {
        this.where = where;
        this.fields = fields;
    }

    /**
     * Reads a file that contains an object.
     *
     * @param arrayField if the file contains an array, this method returns an object with a single field of this name,
     *     which holds the array
     */
    static JsonObject read(Path file, String arrayField) {
        try {
            Object value = JsonTree.read(Files.readAllBytes(file));
            return of(file.toString(), value instanceof List<?> ? Map.of(arrayField, value) : value);
        } catch (NoSuchFileException e) {
            throw new InputException(file + " does not exist");
        } catch (IOException e) {
            throw new InputException(file + " cannot be read: " + Failed.reason(e));
        } catch (IllegalArgumentException e) {
            throw new InputException(file + " " + e.getMessage());
        }
    }

    @SuppressWarnings("unchecked") // these are the types that JsonTree returns
    private static JsonObject of(String where, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return new JsonObject(where, (Map<String, @Nullable Object>) map);
        }
        throw new InputException(where + ": expected an object, but got " + value);
    }

    private @Nullable Object get(String name) {
        List<String> found =
                fields.keySet().stream().filter(name::equalsIgnoreCase).toList();
        if (found.size() > 1) {
            throw new InputException(where + ": expected one field " + name + ", but got " + found);
        }
        known.addAll(found);
        return found.isEmpty() ? null : fields.get(found.get(0));
    }

    boolean has(String name) {
        return get(name) != null;
    }

    /** Returns an exception about the value of a field. */
    InputException wrong(String name, String required) {
        return new InputException(where + ": " + name + ": expected " + required + ", but got " + get(name));
    }

    /**
     * Builds a value from this object's fields. If {@code builder} rejects a field, this method adds the field's
     * location in the file to the exception.
     */
    <T> T build(Function<JsonObject, T> builder) {
        try {
            return builder.apply(this);
        } catch (IllegalArgumentException e) {
            throw new InputException(where + ": " + e.getMessage());
        }
    }

    String string(String name) {
        String value = stringOrNull(name);
        if (value == null) {
            throw new InputException(where + ": " + name + " is missing");
        }
        return value;
    }

    @Nullable
    String stringOrNull(String name) {
        return as(String.class, name, "a string");
    }

    /**
     * Returns the element of {@code allowed} that equals the field's value, ignoring case. If the field is missing,
     * returns the first element of {@code allowed}.
     */
    String oneOf(String name, String... allowed) {
        String value = stringOrNull(name);
        if (value == null) {
            return allowed[0];
        }
        return Arrays.stream(allowed)
                .filter(value::equalsIgnoreCase)
                .findFirst()
                .orElseThrow(() -> wrong(name, "one of " + Arrays.toString(allowed)));
    }

    boolean flag(String name, boolean otherwise) {
        Boolean value = as(Boolean.class, name, "true or false");
        return value == null ? otherwise : value;
    }

    long integer(String name) {
        Object value = get(name);
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw wrong(name, "an integer");
    }

    private <T> @Nullable T as(Class<T> type, String name, String required) {
        Object value = get(name);
        if (value != null && !type.isInstance(value)) {
            throw wrong(name, required);
        }
        return type.cast(value);
    }

    /** Returns the object that a required field contains. */
    JsonObject object(String name) {
        return of(where + ": " + name, get(name));
    }

    /**
     * Returns the objects in an array, or an empty list if the field is missing.
     *
     * @param each the name of an element in error messages
     */
    List<JsonObject> objects(String name, String each) {
        List<JsonObject> objects = new ArrayList<>();
        for (Object element : array(name)) {
            String which = where + ": " + each + " " + (objects.size() + 1);
            String named = element instanceof Map<?, ?> fields
                    ? nameIn(fields, each.equals("channel") ? "ChannelName" : "name")
                    : null;
            objects.add(of(named == null ? which : which + " ('" + named + "')", element));
        }
        return objects;
    }

    /**
     * Returns an element's name. Error messages use it because it is easier to find in the file than the element's
     * number.
     */
    private static @Nullable String nameIn(Map<?, ?> fields, String nameField) {
        return fields.entrySet().stream()
                .filter(field -> nameField.equalsIgnoreCase(String.valueOf(field.getKey())))
                .filter(field -> field.getValue() instanceof String)
                .map(field -> (String) field.getValue())
                .findFirst()
                .orElse(null);
    }

    List<String> strings(String name) {
        return list(String.class, name, "strings");
    }

    /**
     * Returns an array of integers. A single integer counts as an array with one element. {@code 2.0} and {@code 1e3}
     * also count as integers.
     */
    long[] integers(String name) {
        return numbers(name).stream()
                .mapToLong(number -> {
                    try {
                        return number.longValueExact();
                    } catch (ArithmeticException e) {
                        throw wrong(name, "integers from -2^63 to 2^63 - 1");
                    }
                })
                .toArray();
    }

    /**
     * Returns an array of numbers, converted to {@code float} or {@code double}. A single number counts as an array
     * with one element. Fractions, and integers with an exponent, are rounded to the nearest value of the type.
     * Integers that are written with all their digits must be exactly representable.
     *
     * @param isFloat true for {@code float}, false for {@code double}
     */
    double[] decimals(String name, boolean isFloat) {
        return numbers(name).stream()
                .mapToDouble(number -> {
                    double value = isFloat ? number.floatValue() : number.doubleValue();
                    boolean integer = number.stripTrailingZeros().scale() <= 0;
                    boolean changed = Double.isInfinite(value)
                            || (value == 0 && number.signum() != 0)
                            || (integer && new BigDecimal(value).compareTo(number) != 0 && isWritten(number));
                    if (changed) {
                        throw wrong(name, isFloat ? "numbers that a float32 has" : "numbers that a float64 has");
                    }
                    return value;
                })
                .toArray();
    }

    /**
     * Returns whether an integer was written with all its digits. An integer that was written with an exponent instead,
     * such as {@code 1e30}, may be rounded.
     */
    private static boolean isWritten(BigDecimal number) {
        return number.scale() == 0;
    }

    private List<BigDecimal> numbers(String name) {
        return list(Number.class, name, "numbers").stream()
                .map(number -> new BigDecimal(number.toString()))
                .toList();
    }

    private <T> List<T> list(Class<T> type, String name, String required) {
        List<T> values = new ArrayList<>();
        for (Object element : array(name)) {
            if (!type.isInstance(element)) {
                throw wrong(name, required);
            }
            values.add(type.cast(element));
        }
        return values;
    }

    /**
     * Returns the elements of an array, or an empty list if the field is missing. A value that is not an array counts
     * as an array with one element.
     */
    List<?> array(String name) {
        Object value = get(name);
        return value == null ? List.of() : value instanceof List<?> list ? list : List.of(value);
    }

    /**
     * Returns all fields as strings. The case of the field names is preserved, because the user chooses these names.
     */
    Map<String, String> asStrings() {
        Map<String, String> strings = new LinkedHashMap<>();
        fields.forEach((name, value) -> strings.put(name, String.valueOf(value)));
        known.addAll(fields.keySet());
        return strings;
    }

    /** Returns the fields of this object that were not read, each with its location in the file. */
    List<String> unknown() {
        return fields.keySet().stream()
                .filter(name -> !known.contains(name))
                .map(name -> where + ": " + name)
                .toList();
    }
}
