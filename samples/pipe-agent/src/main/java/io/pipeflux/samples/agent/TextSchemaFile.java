package io.pipeflux.samples.agent;

import io.pipeflux.records.batch.DType;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvHeader;
import io.pipeflux.records.csv.CsvRecords;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.json.JsonField;
import io.pipeflux.records.json.JsonSchema;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import java.util.List;
import java.util.Locale;

/** Reads the parts of a {@link SchemaFile} that describe text: CSV and JSON Lines. */
final class TextSchemaFile {

    private TextSchemaFile() {}

    static RecordSchema csv(JsonObject json, List<CsvField> fields) {
        CsvSchema schema = CsvSchema.of(fields.toArray(CsvField[]::new)).quotes(json.flag("quotes", true));
        String delimiter = json.stringOrNull("delimiter");
        if (delimiter != null) {
            if (delimiter.length() != 1) {
                throw json.wrong("delimiter", "one character");
            }
            schema = schema.delimiter(delimiter.charAt(0));
        }
        String naValue = json.stringOrNull("naValue");
        schema = naValue == null ? schema : schema.naValue(naValue);
        CsvHeader header =
                CsvHeader.valueOf(json.oneOf("header", "none", "skip", "names").toUpperCase(Locale.ROOT));
        return new RecordSchema(
                schema.batches(), schema::batches, CsvRecords.format(schema, header), header != CsvHeader.NONE);
    }

    static CsvField csvField(JsonObject json) {
        DType dtype = dtype(json);
        CsvField field = CsvField.of(json.string("name"), dtype);
        if (!json.has("default")) {
            return field;
        }
        return switch (dtype) {
            case BYTES, UTF8 -> field.withDefault(json.string("default"));
            case BOOL -> field.withDefault(json.flag("default", false));
            case FLOAT32, FLOAT64 -> field.withDefault(SchemaValues.decimal(json, "default", dtype));
            default -> field.withDefault(SchemaValues.integer(json, "default"));
        };
    }

    static RecordSchema json(List<JsonField> fields) {
        JsonSchema schema = JsonSchema.of(fields.toArray(JsonField[]::new));
        return new RecordSchema(
                schema.batches(),
                schema::batches,
                TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK, LineOption.SKIP_BLANK_LINES),
                false);
    }

    static JsonField jsonField(JsonObject json) {
        DType dtype = dtype(json);
        JsonField field = JsonField.of(json.string("name"), json.string("path"), dtype, SchemaValues.shape(json));
        if (!json.has("default")) {
            return field;
        }
        return switch (dtype) {
            case BYTES, UTF8 -> field.withDefault(json.string("default"));
            case BOOL -> field.withDefault(json.flag("default", false));
            case FLOAT32, FLOAT64 -> field.withDefault(SchemaValues.decimal(json, "default", dtype));
            default -> field.withDefault(SchemaValues.integer(json, "default"));
        };
    }

    private static DType dtype(JsonObject json) {
        return DType.valueOf(json.oneOf(
                        "dtype", "float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
                        "bool", "bytes", "utf8")
                .toUpperCase(Locale.ROOT));
    }
}
