package io.pipeflux.records.inspect;

import io.pipeflux.records.batch.DType;
import io.pipeflux.records.csv.CsvHeader;
import io.pipeflux.records.inspect.FieldPlan.Layout;
import io.pipeflux.records.inspect.FieldSurvey.Place;
import io.pipeflux.records.inspect.InferredSchema.Records;
import java.util.Collections;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes a schema as JSON, in the form that the agent's option {@code --schema} accepts. */
final class SchemaJson {

    private final InferredSchema schema;

    SchemaJson(InferredSchema schema) {
        this.schema = schema;
    }

    String text() {
        String head = "{\"records\": \"" + schema.records().name().toLowerCase(Locale.ROOT) + "\"";
        return head
                + switch (schema.records()) {
                    case EXAMPLE -> list("features", Place.RECORD);
                    case SEQUENCE -> list("context", Place.CONTEXT) + list("steps", Place.STEPS);
                    case TENSORS -> list("features", Place.FEATURES) + list("labels", Place.LABELS);
                    case JSON -> list("fields", Place.RECORD);
                    case CSV ->
                        (schema.header() == CsvHeader.NAMES ? ", \"header\": \"names\"" : "")
                                + (schema.delimiter() == ','
                                        ? ""
                                        : ", \"delimiter\": "
                                                + (schema.delimiter() == '\t'
                                                        ? "\"\\t\""
                                                        : "\"" + schema.delimiter() + "\""))
                                + list("fields", Place.RECORD);
                }
                + "}\n";
    }

    private String list(String name, Place place) {
        return schema.columns().stream()
                .filter(plan -> plan.field().place == place)
                .map(this::part)
                .collect(Collectors.joining(",\n   ", ",\n \"" + name + "\": [\n   ", "]"));
    }

    private String part(FieldPlan plan) {
        boolean isText = schema.records() == Records.CSV || schema.records() == Records.JSON;
        StringBuilder json = new StringBuilder("{\"name\": ").append(Shown.text(plan.field().name));
        if (schema.records() == Records.JSON) {
            json.append(", \"path\": ").append(Shown.text(plan.path()));
        }
        boolean hasKind = plan.layout() != Layout.ONE && plan.layout() != Layout.FIXED && !isText;
        if (hasKind) {
            json.append(", \"kind\": \"")
                    .append(String.valueOf(plan.layout()).toLowerCase(Locale.ROOT))
                    .append('"');
        }
        json.append(", \"dtype\": \"")
                .append(plan.dtype().name().toLowerCase(Locale.ROOT))
                .append('"');
        if (plan.layout() == Layout.FIXED || (plan.layout() == Layout.PADDED && plan.length() > 1)) {
            json.append(", \"shape\": [").append(plan.length()).append(']');
        }
        if (plan.layout() == Layout.SPARSE) {
            json.append(", \"size\": ").append(plan.length());
        }
        if (plan.hasDefault()) {
            String zero = zero(plan.dtype());
            json.append(", \"default\": ")
                    .append(
                            isText || plan.length() == 1
                                    ? zero
                                    : Collections.nCopies((int) plan.length(), zero)
                                            .toString());
        }
        return json.append('}').toString();
    }

    private static String zero(DType dtype) {
        return switch (dtype) {
            case BOOL -> "false";
            case BYTES, UTF8 -> "\"\"";
            default -> "0";
        };
    }
}
