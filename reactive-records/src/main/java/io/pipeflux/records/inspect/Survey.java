package io.pipeflux.records.inspect;

import io.pipeflux.core.RawRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads records of one type, one after the other, and collects the properties of the fields in these records. Not
 * thread-safe.
 */
abstract class Survey {

    private static final int MOST_FIELDS = 10_000;

    final Map<String, FieldSurvey> fields = new LinkedHashMap<>();
    private long rows;

    /** Reads the next record. */
    final void add(RawRecord record) {
        look(record);
        rows++;
    }

    abstract void look(RawRecord record);

    final long rows() {
        return rows;
    }

    List<FieldSurvey> fields() {
        return new ArrayList<>(fields.values());
    }

    static void requireFew(int names) {
        if (names >= MOST_FIELDS) {
            throw new IllegalArgumentException("expected records with at most " + MOST_FIELDS
                    + " different fields, but got more: names may be data");
        }
    }

    static String key(FieldSurvey.Place place, String path) {
        return place + " " + path;
    }

    /** Returns the survey of a field. Creates it if the field has not been seen before. */
    final FieldSurvey field(FieldSurvey.Place place, String name, String path) {
        return fields.computeIfAbsent(key(place, path), key -> {
            requireFew(fields.size());
            return new FieldSurvey(place, name, path);
        });
    }
}
