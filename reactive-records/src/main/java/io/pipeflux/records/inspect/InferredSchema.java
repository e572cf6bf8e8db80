package io.pipeflux.records.inspect;

import io.pipeflux.core.internal.KeyText;
import io.pipeflux.records.DetectedFormat;
import io.pipeflux.records.csv.CsvHeader;
import java.util.List;
import java.util.Locale;

/**
 * Describes the content of a channel's first records, and proposes a schema for the channel. Later records might not
 * fit the schema. A field that is missing in some of the first records gets a default: 0, false or an empty string.
 * Instances are immutable.
 */
public final class InferredSchema {

    /** The type of the records. */
    enum Records {
        EXAMPLE("tf.train.Example"),
        SEQUENCE("tf.train.SequenceExample"),
        TENSORS("recordio-protobuf (aialgs.data.Record)"),
        CSV("CSV"),
        JSON("lines of JSON");

        final String shown;

        Records(String shown) {
            this.shown = shown;
        }
    }

    private final DetectedFormat format;
    private final Records records;
    private final long rows;
    private final List<FieldPlan> plans;
    private final char delimiter;
    private final CsvHeader header;

    InferredSchema(DetectedFormat format, Records records, Survey survey, char delimiter, CsvHeader header) {
        this.format = format;
        this.records = records;
        this.rows = survey.rows();
        this.plans = FieldPlan.of(survey.fields(), rows, records);
        this.delimiter = delimiter;
        this.header = header;
    }

    /** Returns the format of the objects. */
    public DetectedFormat format() {
        return format;
    }

    /** Returns the number of records that were read. */
    public long rows() {
        return rows;
    }

    /**
     * Returns Java code, including imports, that declares the variables {@code schema} and {@code format} for reading
     * the records.
     *
     * @throws IllegalStateException if no field can become a column. {@link #toString} shows the reasons
     */
    public String toJava() {
        return new SchemaCode(this, false).text();
    }

    /**
     * Returns the same code as {@link #toJava}, but in Kotlin.
     *
     * @throws IllegalStateException if no field can become a column. {@link #toString} shows the reasons
     */
    public String toKotlin() {
        return new SchemaCode(this, true).text();
    }

    /**
     * Returns the schema as JSON, for the agent's option {@code --schema}.
     *
     * @throws IllegalStateException if no field can become a column. {@link #toString} shows the reasons
     */
    public String toJson() {
        return new SchemaJson(this).text();
    }

    /**
     * Returns a description in several lines: the format, the number and type of the records, and a table of the
     * fields.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("format   ")
                .append(format.kind())
                .append(", compression ")
                .append(format.compression())
                .append(": ")
                .append(format.reason())
                .append('\n');
        text.append(String.format(Locale.ROOT, "records  %s, %,d read", records.shown, rows));
        if (records == Records.CSV) {
            text.append(", delimiter ")
                    .append(Shown.text(String.valueOf(delimiter)))
                    .append(header == CsvHeader.NAMES ? ", the first record is taken for a header" : ", no header");
        }
        text.append("\n\n");
        text.append(String.format(
                Locale.ROOT, "%-28s %-16s %-14s %8s  %s%n", "field", "kind", "values", "missing", "example"));
        for (FieldPlan plan : plans) {
            FieldSurvey field = plan.field();
            String name = records == Records.JSON ? field.path : field.place.shown + field.name;
            text.append(String.format(
                            Locale.ROOT,
                            "%-28s %-16s %-14s %7.1f%%  %s",
                            KeyText.printable(name),
                            kinds(field),
                            values(field),
                            100.0 * field.missing(rows) / Math.max(1, field.places(rows)),
                            field.example()))
                    .append(plan.note().isEmpty() ? "" : "  (" + plan.note() + ")")
                    .append('\n');
        }
        return text.toString();
    }

    private static String kinds(FieldSurvey field) {
        String kinds = field.kinds.toString().toLowerCase(Locale.ROOT);
        return (field.sparse ? "sparse " : "") + kinds.substring(1, kinds.length() - 1);
    }

    private static String values(FieldSurvey field) {
        String values = field.most < field.least ? "none" : range(field.least, field.most);
        return field.place == FieldSurvey.Place.STEPS && field.mostSteps >= field.leastSteps
                ? range(field.leastSteps, field.mostSteps) + " x " + values
                : values;
    }

    private static String range(long least, long most) {
        return least == most ? String.valueOf(least) : least + " to " + most;
    }

    Records records() {
        return records;
    }

    char delimiter() {
        return delimiter;
    }

    CsvHeader header() {
        return header;
    }

    /** Returns the plans of all fields that become columns. */
    List<FieldPlan> columns() {
        List<FieldPlan> columns = plans.stream()
                .filter(plan -> plan.layout() != FieldPlan.Layout.NONE)
                .toList();
        if (columns.isEmpty()) {
            throw new IllegalStateException("expected a field that can become a column, but got none: " + this);
        }
        return columns;
    }
}
