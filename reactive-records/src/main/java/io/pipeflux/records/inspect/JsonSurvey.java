package io.pipeflux.records.inspect;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.JsonErrors;
import io.pipeflux.core.internal.JsonUtf8;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.inspect.FieldSurvey.Elements;
import io.pipeflux.records.inspect.FieldSurvey.Place;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * Surveys lines of JSON. Every value that is neither an object nor an array is a field. The path to the value
 * identifies the field.
 */
final class JsonSurvey extends Survey {

    private static final JsonFactory JSON =
            JsonUtf8.factory(JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS));
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z_0-9-]*");
    private static final String EACH = "[*]";

    // for each field, the number of values in the current record
    private final Map<FieldSurvey, Integer> counts = new LinkedHashMap<>();
    private final Map<String, Elements> arrays = new HashMap<>();
    // the paths of all objects, including objects that contain only nulls
    private final Set<String> objects = new HashSet<>();
    private final Set<String> twice = new HashSet<>(); // the paths of names that occur twice in the same object

    @Override
    List<FieldSurvey> fields() {
        List<FieldSurvey> fields = super.fields();
        for (FieldSurvey field : fields) {
            FieldPlan.prefixes(field.path).forEach((prefix, kind) -> {
                if (twice.contains(prefix)) {
                    field.refused = prefix + " occurs more than once in one object";
                } else if (isSeveral(prefix)) {
                    field.refused = prefix + " is not always the same kind: a value, an array or an object";
                } else if (kind.equals("array")) {
                    field.elements = arrays.get(prefix);
                }
            });
        }
        return fields;
    }

    /**
     * Returns whether a path leads to JSON values of different kinds. The kinds are: an array, an object, and any other
     * value except null. Nulls are ignored.
     */
    private boolean isSeveral(String path) {
        FieldSurvey field = fields.get(key(Place.RECORD, path));
        // the set of kinds is empty if there were only empty arrays and nulls
        boolean value = field != null && !field.kinds.isEmpty();
        boolean object = objects.contains(path);
        boolean array = arrays.containsKey(path);
        return (value && object) || (value && array) || (object && array);
    }

    private static void remember(Set<String> places, String path) {
        if (places.add(path)) {
            requireFew(places.size() - 1);
        }
    }

    @Override
    void look(RawRecord record) {
        counts.clear();
        try (JsonParser json = JsonUtf8.parser(JSON, record.array(), record.arrayOffset(), record.size())) {
            JsonToken first = json.nextToken();
            if (first == null) {
                throw corrupt(record, "expected a value, but got an empty record", null);
            }
            value(json, first, "$", "", 0);
            if (json.nextToken() != null) {
                throw corrupt(record, "expected one value, but got a second one after it", null);
            }
        } catch (JacksonException e) {
            throw corrupt(record, JsonErrors.message(e), e);
        }
        counts.forEach(FieldSurvey::values);
    }

    /** Returns whether a line is a JSON value or the beginning of a JSON value. */
    static boolean mayBeJson(RawRecord record) {
        try (JsonParser json = JsonUtf8.parser(JSON, record.array(), record.arrayOffset(), record.size())) {
            json.nextToken();
            json.skipChildren();
            return json.nextToken() == null;
        } catch (UnexpectedEndOfInputException e) {
            return true; // the line ends inside a JSON value
        } catch (JacksonException e) {
            return false;
        }
    }

    private static CorruptRecordException corrupt(RawRecord record, String what, @Nullable Throwable cause) {
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.BAD_PAYLOAD,
                "JSON: " + what,
                record.source(),
                record.position(),
                cause);
    }

    private void value(JsonParser json, JsonToken token, String path, String name, int lists) {
        switch (token) {
            case START_OBJECT -> {
                remember(objects, path);
                Set<String> keys = new HashSet<>();
                for (String key = json.nextName(); key != null; key = json.nextName()) {
                    if (!keys.add(key)) {
                        remember(twice, path + step(key));
                    }
                    value(json, json.nextToken(), path + step(key), name.isEmpty() ? key : name + "." + key, lists);
                }
            }
            case START_ARRAY -> {
                Elements elements = arrays.computeIfAbsent(path, key -> {
                    requireFew(arrays.size());
                    return new Elements();
                });
                elements.records++;
                JsonToken next = json.nextToken();
                if (next == JsonToken.END_ARRAY) {
                    counts.merge(list(path + EACH, name, lists + 1), 0, Integer::sum);
                }
                while (next != JsonToken.END_ARRAY) {
                    elements.count++;
                    value(json, next, path + EACH, name, lists + 1);
                    next = json.nextToken();
                }
            }
            case VALUE_NULL -> {
                if (lists > 0) {
                    list(path, name, lists).holes = true;
                }
            }
            default -> {
                FieldSurvey field = list(path, name, lists);
                counts.merge(field, 1, Integer::sum);
                String text = json.getString();
                field.kinds.add(kind(json, token, text));
                if (token == JsonToken.VALUE_STRING
                        ? !StandardCharsets.UTF_8.newEncoder().canEncode(text)
                        : isBeyond(json, token, text)) {
                    field.refused = token == JsonToken.VALUE_STRING
                            ? "a text has half a surrogate pair"
                            : "a number is beyond the range of FLOAT64";
                }
                field.example(token == JsonToken.VALUE_STRING ? Shown.text(text) : text);
            }
        }
    }

    private static String step(String key) {
        return PLAIN.matcher(key).matches()
                ? "." + key
                : "['" + key.replace("\\", "\\\\").replace("'", "\\'") + "']";
    }

    private FieldSurvey list(String path, String name, int lists) {
        FieldSurvey field = field(Place.RECORD, name.isEmpty() ? "value" : name, path);
        field.isList |= lists > 0;
        field.nested |= lists > 1;
        return field;
    }

    private static boolean isBeyond(JsonParser json, JsonToken token, String text) {
        return token.isNumeric() && !json.isNaN() && Double.isInfinite(Double.parseDouble(text));
    }

    private static DType kind(JsonParser json, JsonToken token, String text) {
        return switch (token) {
            case VALUE_STRING -> DType.UTF8;
            case VALUE_TRUE, VALUE_FALSE -> DType.BOOL;
            default -> json.isNaN() ? DType.FLOAT32 : FieldSurvey.numberType(text);
        };
    }
}
