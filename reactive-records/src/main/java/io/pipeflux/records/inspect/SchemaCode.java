package io.pipeflux.records.inspect;

import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.csv.CsvHeader;
import io.pipeflux.records.inspect.FieldPlan.Layout;
import io.pipeflux.records.inspect.FieldSurvey.Place;
import io.pipeflux.records.inspect.InferredSchema.Records;
import io.pipeflux.records.recordio.Dialect;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes a schema as Java or Kotlin statements. */
final class SchemaCode {

    private static final String INDENT = "        ";

    private final InferredSchema schema;
    private final boolean kotlin;

    SchemaCode(InferredSchema schema, boolean kotlin) {
        this.schema = schema;
        this.kotlin = kotlin;
    }

    String text() {
        return imports()
                + '\n'
                + declared(schemaType(), "schema", schemaValue())
                + declared("FrameFormat<RawRecord>", "format", format());
    }

    private String imports() {
        List<String> packages = switch (schema.records()) {
            case CSV -> List.of("records.csv");
            case JSON -> List.of("records.json", "records.text");
            default ->
                List.of("records.example", schema.format().dialect() == null ? "records.tfrecord" : "records.recordio");
        };
        String end = kotlin ? "\n" : ";\n";
        return "import io.pipeflux.core.RawRecord" + end + "import io.pipeflux.core.codec.*" + end
                + "import io.pipeflux.records.batch.DType" + end
                + packages.stream()
                        .map(name -> "import io.pipeflux." + name + ".*" + end)
                        .collect(Collectors.joining())
                + (usesLists() && !kotlin ? "import java.util.List;\n" : "");
    }

    private boolean usesLists() {
        return schema.records() == Records.SEQUENCE || schema.records() == Records.TENSORS;
    }

    private String declared(String type, String name, String value) {
        return kotlin ? "val " + name + " = " + value + "\n" : type + " " + name + " = " + value + ";\n";
    }

    private String schemaType() {
        return switch (schema.records()) {
            case CSV -> "CsvSchema";
            case JSON -> "JsonSchema";
            default -> "Schema";
        };
    }

    private String schemaValue() {
        return switch (schema.records()) {
            case EXAMPLE -> "Schema.of(\n" + INDENT + parts(Place.RECORD, "Feature", INDENT) + ")";
            case SEQUENCE -> lists("Schema.ofSequences", Place.CONTEXT, Place.STEPS);
            case TENSORS -> lists("Schema.ofTensors", Place.FEATURES, Place.LABELS);
            case JSON -> "JsonSchema.of(\n" + INDENT + parts(Place.RECORD, "JsonField", INDENT) + ")";
            case CSV ->
                "CsvSchema.of(\n" + INDENT + parts(Place.RECORD, "CsvField", INDENT) + ")"
                        + (schema.delimiter() == ','
                                ? ""
                                : ".delimiter('"
                                        + (schema.delimiter() == '\t' ? "\\t" : String.valueOf(schema.delimiter()))
                                        + "')");
        };
    }

    private String lists(String method, Place first, Place second) {
        String list = kotlin ? "listOf(" : "List.of(";
        return method + "(\n" + INDENT + list + parts(first, "Feature", INDENT + "    ") + "),\n" + INDENT + list
                + parts(second, "Feature", INDENT + "    ") + "))";
    }

    private String parts(Place place, String type, String indent) {
        return schema.columns().stream()
                .filter(plan -> plan.field().place == place)
                .map(plan -> part(plan, type))
                .collect(Collectors.joining(",\n" + indent));
    }

    private String part(FieldPlan plan, String type) {
        String name = Shown.quoted(plan.field().name, kotlin);
        if (type.equals("JsonField")) {
            name += ", " + Shown.quoted(plan.path(), kotlin);
        }
        String method = plan.dtype().name().toLowerCase(Locale.ROOT);
        String shape = plan.layout() == Layout.FIXED || (plan.layout() == Layout.PADDED && plan.length() > 1)
                ? ", " + plan.length()
                : "";
        String code = switch (plan.layout() == Layout.RAGGED && type.equals("JsonField") ? Layout.ONE : plan.layout()) {
            case RAGGED -> "ragged(" + name + ", DType." + plan.dtype() + ")";
            case SPARSE -> "sparse(" + name + ", DType." + plan.dtype() + ", " + plan.length() + ")";
            case PADDED -> padded(plan.dtype(), name) + shape + ")";
            default -> method + "(" + name + shape + ")";
        };
        int defaults = type.equals("Feature") ? (int) plan.length() : 1;
        return type + "." + code
                + (plan.hasDefault()
                        ? ".withDefault(" + String.join(", ", Collections.nCopies(defaults, zero(plan.dtype()))) + ")"
                        : "");
    }

    private String padded(DType dtype, String name) {
        return switch (dtype) {
            case FLOAT32 -> "paddedFloat32(" + name + ", 0.0";
            case INT64 -> "paddedInt64(" + name + ", 0";
            default -> "paddedBytes(" + name + ", " + (kotlin ? "ByteArray(0)" : "new byte[0]");
        };
    }

    private static String zero(DType dtype) {
        return switch (dtype) {
            case FLOAT32, FLOAT64 -> "0.0";
            case BOOL -> "false";
            case BYTES, UTF8 -> "\"\"";
            default -> "0L";
        };
    }

    private String format() {
        Compression compression = schema.format().compression();
        String format = switch (schema.records()) {
            case CSV ->
                "CsvRecords.format(schema, CsvHeader." + (schema.header() == CsvHeader.NAMES ? "NAMES" : "NONE") + ")";
            case JSON -> "TextLines.format(LineOption.SKIP_BLANK_LINES, LineOption.SKIP_BYTE_ORDER_MARK)";
            default -> {
                Dialect dialect = schema.format().dialect();
                yield dialect == null
                        ? "TfRecords.format()"
                        : dialect == Dialect.DMLC ? "RecordIo.format(Dialect.DMLC)" : "RecordIo.format()";
            }
        };
        return compression == Compression.NONE ? format : format + ".compression(Compression." + compression + ")";
    }
}
