package io.pipeflux.records.inspect;

import io.pipeflux.records.batch.DType;
import io.pipeflux.records.inspect.FieldSurvey.Place;
import io.pipeflux.records.inspect.InferredSchema.Records;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Describes how a field becomes a column.
 *
 * @param length the number of values per row if it is fixed, or the size of a sparse tensor
 * @param note a note for the user; may be empty
 */
record FieldPlan(
        FieldSurvey field, Layout layout, DType dtype, String path, long length, boolean hasDefault, String note) {

    private static final int MOST_DEFAULTS = 16;
    private static final String EACH = "[*]";

    enum Layout {
        /** The field does not become a column. */
        NONE,
        ONE,
        FIXED,
        RAGGED,
        PADDED,
        SPARSE
    }

    static List<FieldPlan> of(List<FieldSurvey> fields, long rows, Records records) {
        boolean json = records == Records.JSON;
        List<FieldPlan> plans = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (FieldSurvey field : fields) {
            FieldPlan plan =
                    json ? json(field, rows) : records == Records.CSV ? csv(field, rows) : features(field, rows);
            String column = field.place == Place.LABELS ? "label_" + field.name : field.name;
            plans.add(
                    plan.layout == Layout.NONE || names.add(column)
                            ? plan
                            : none(field, "another column has its name"));
        }
        return plans;
    }

    private static FieldPlan none(FieldSurvey field, String why) {
        return new FieldPlan(field, Layout.NONE, DType.BYTES, field.path, 0, false, "left out: " + why);
    }

    private static FieldPlan features(FieldSurvey field, long rows) {
        DType type = field.type();
        if (type == null) {
            return none(field, field.kinds.isEmpty() ? "it never had a value" : "its kinds differ: " + field.kinds);
        }
        boolean missing = field.present < rows;
        if (field.place == Place.STEPS) {
            if (field.most > 0 && !field.hasOneLength()) {
                return none(field, "its steps have " + field.least + " to " + field.most + " values");
            }
            Layout layout = missing ? Layout.PADDED : field.most == 1 ? Layout.ONE : Layout.FIXED;
            return field.most == 0
                    ? none(field, "its steps never had a value")
                    : new FieldPlan(field, layout, type, field.path, field.most, false, note(field));
        }
        if (field.sparse) {
            return new FieldPlan(field, Layout.SPARSE, type, field.path, Math.max(1, field.size), false, note(field));
        }
        boolean fixed = field.hasOneLength() && field.most > 0 && (!missing || field.most <= MOST_DEFAULTS);
        Layout layout = !fixed ? Layout.RAGGED : field.most == 1 ? Layout.ONE : Layout.FIXED;
        return new FieldPlan(field, layout, type, field.path, field.most, fixed && missing, note(field));
    }

    /**
     * Returns a note for the user if the byte strings may contain raw numbers, otherwise an empty string. The byte
     * strings may contain raw numbers if they all have the same length, which must be at least 16 and a multiple of 4.
     */
    private static String note(FieldSurvey field) {
        boolean raw = field.leastBytes == field.mostBytes && field.mostBytes >= 16 && field.mostBytes % 4 == 0;
        return raw
                ? "always " + field.mostBytes + " bytes: perhaps decodeRaw of " + field.mostBytes / 4 + " FLOAT32, "
                        + (field.mostBytes % 8 == 0 ? field.mostBytes / 8 + " FLOAT64, " : "") + "or " + field.mostBytes
                        + " UINT8"
                : "";
    }

    /** Returns the plan for a CSV field. If the field's values have no common type, the field becomes text. */
    private static FieldPlan csv(FieldSurvey field, long rows) {
        DType type = field.textType();
        return new FieldPlan(
                field, Layout.ONE, type == null ? DType.UTF8 : type, field.path, 1, field.present < rows, "");
    }

    private static FieldPlan json(FieldSurvey field, long rows) {
        DType type = field.textType();
        if (type == null) {
            return none(field, field.kinds.isEmpty() ? "it never had a value" : "its kinds differ: " + field.kinds);
        }
        if (!field.refused.isEmpty()) {
            return none(field, field.refused);
        }
        if (field.nested) {
            return none(field, "it is in arrays in arrays");
        }
        boolean missing = field.missing(rows) > 0;
        if (!field.isList) {
            return new FieldPlan(field, Layout.ONE, type, field.path, 1, missing, "");
        }
        boolean last = field.path.endsWith(EACH);
        if (last && field.hasOneLength() && field.most > 1 && !field.holes) {
            String array = field.path.substring(0, field.path.length() - EACH.length());
            return new FieldPlan(field, Layout.FIXED, type, array, field.most, missing, "");
        }
        return new FieldPlan(field, Layout.RAGGED, type, field.path, 0, missing || field.holes, "");
    }

    /**
     * Returns the prefixes of a path, including the path itself. Each prefix is mapped to the kind of JSON value that
     * must be at this path: an array, an object or any other value.
     */
    static Map<String, String> prefixes(String path) {
        Map<String, String> prefixes = new HashMap<>();
        for (int i = 1; i < path.length(); i++) {
            if (path.startsWith(EACH, i)) {
                prefixes.put(path.substring(0, i), "array");
            } else if (path.charAt(i) == '.') {
                prefixes.put(path.substring(0, i), "object");
            } else if (path.startsWith("['", i)) {
                prefixes.put(path.substring(0, i), "object");
                for (i += 2; path.charAt(i) != '\''; i++) { // a quoted name may contain text that looks like a step
                    i += path.charAt(i) == '\\' ? 1 : 0;
                }
            }
        }
        prefixes.put(path, "value");
        return prefixes;
    }
}
