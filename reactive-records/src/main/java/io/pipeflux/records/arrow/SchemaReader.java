package io.pipeflux.records.arrow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Schema;

/** Reads a schema message's fields. */
final class SchemaReader {

    private SchemaReader() {}

    /**
     * The fields.
     *
     * @param metadataBytes how long the message is: all names together cannot be longer
     * @throws UnsupportedOperationException if there is something for which there is no column
     */
    static List<ArrowField> read(Schema schema, int metadataBytes) {
        if (schema.endianness() != Endianness.Little) {
            throw new UnsupportedOperationException("the schema has big-endian numbers");
        }
        List<ArrowField> fields = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int nameBytes = 0;
        for (int i = 0; i < schema.fieldsLength(); i++) {
            ArrowField field = ArrowField.read(schema.fields(i));
            nameBytes += field.name().length();
            if (nameBytes > metadataBytes || !names.add(field.name())) {
                throw new IllegalArgumentException("two fields have the name \"" + field.name() + "\"");
            }
            fields.add(field);
        }
        return fields;
    }
}
