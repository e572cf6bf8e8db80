package io.pipeflux.records.arrow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/** Reads the fields of a schema message. */
final class SchemaReader {

    private SchemaReader() {}

    /**
     * Reads the fields.
     *
     * @param metadataBytes the length of the message in bytes. The total length of all names must not exceed this
     *     length
     * @throws UnsupportedOperationException if a field cannot be represented as a column
     */
    static List<StoredField> read(Schema schema, int metadataBytes, @Nullable ArrowNulls nulls) {
        if (schema.endianness() != Endianness.Little) {
            throw new UnsupportedOperationException(
                    "the schema has big-endian numbers, which columns cannot have: write it on a little-endian machine");
        }
        List<StoredField> fields = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int nameBytes = 0;
        for (int i = 0; i < schema.fieldsLength(); i++) {
            StoredField field = FieldReader.read(schema.fields(i));
            nameBytes += field.name().length();
            if (nameBytes > metadataBytes || !names.add(field.name())) {
                throw new IllegalArgumentException("two fields have the name \"" + field.name() + "\"");
            }
            fields.add(field);
        }
        if (nulls != null && !fields.isEmpty()) {
            check(fields, names, nulls);
        }
        return fields;
    }

    private static void check(List<StoredField> fields, Set<String> names, ArrowNulls nulls) {
        for (String name : nulls.filledFields()) {
            if (!names.contains(name)) {
                throw new UnsupportedOperationException(
                        "expected a field \"" + name + "\", because ArrowNulls.fill names it, but got fields " + names);
            }
        }
        for (StoredField field : fields) {
            nulls.fill(field); // called only as a check: throws if the field's type cannot represent the value
            if (nulls.hasMask(field) && names.contains(ArrowNulls.maskName(field))) {
                throw new UnsupportedOperationException("field \"" + field.name() + "\" needs a mask with the name \""
                        + ArrowNulls.maskName(field) + "\", but a different field has that name: rename one");
            }
        }
    }
}
