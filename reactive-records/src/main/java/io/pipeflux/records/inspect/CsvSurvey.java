package io.pipeflux.records.inspect;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvHeader;
import io.pipeflux.records.csv.CsvSchema;
import io.pipeflux.records.inspect.FieldSurvey.Place;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Of CSV: a table of text, whose delimiter and header are guessed by its first lines. */
final class CsvSurvey extends Survey {

    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?");
    private static final Pattern LEADING_ZERO = Pattern.compile("[+-]?0[0-9]+"); // of a code, as a postal one
    private static final Pattern BOOL = Pattern.compile("(?i:true|false)");

    private final CsvSchema table;
    private final char delimiter;
    private final CsvHeader header;
    private final List<String> names;

    private CsvSurvey(CsvSchema table, char delimiter, CsvHeader header, List<String> names) {
        this.table = table;
        this.delimiter = delimiter;
        this.header = header;
        this.names = names;
    }

    /** @param first some records, as lines */
    static CsvSurvey of(List<RawRecord> first) {
        String text = first.stream()
                .map(line -> new String(line.toByteArray(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("\n"));
        char delimiter = delimiter(text);
        List<String> head = rows(text, delimiter).get(0);
        boolean isHeader = new HashSet<>(head).size() == head.size()
                && head.stream()
                        .noneMatch(name -> name.isBlank()
                                || NUMBER.matcher(name.strip()).matches()
                                || BOOL.matcher(name.strip()).matches());
        List<String> names = isHeader
                ? head
                : IntStream.range(0, head.size()).mapToObj(i -> "column" + i).toList();
        return new CsvSurvey(table(names, delimiter), delimiter, isHeader ? CsvHeader.NAMES : CsvHeader.NONE, names);
    }

    private static CsvSchema table(List<String> names, char delimiter) {
        return CsvSchema.of(names.stream()
                        .map(name -> CsvField.bytes(name).withDefault(""))
                        .toArray(CsvField[]::new))
                .delimiter(delimiter);
    }

    /**
     * Returns what divides most records into several fields, as many in each of them; of two such the one that divides
     * more records alike, then the one with more fields. A record of another length is named when it is parsed.
     */
    private static char delimiter(String text) {
        char chosen = ',';
        long most = 0;
        int mostFields = 0;
        for (char candidate : new char[] {',', '\t', ';', '|'}) {
            List<List<String>> rows = rows(text, candidate);
            List<List<String>> whole = rows.size() > 1 ? rows.subList(0, rows.size() - 1) : rows; // the last may be cut
            int fields = whole.get(0).size();
            long alike = whole.stream().filter(row -> row.size() == fields).count();
            boolean better = alike > most || (alike == most && fields > mostFields);
            if (fields > 1 && alike * 2 > whole.size() && better) {
                most = alike;
                mostFields = fields;
                chosen = candidate;
            }
        }
        return chosen;
    }

    /** Returns whether a name may have other line breaks than the lines had that it was read from. */
    boolean hasLineBreaksInNames() {
        return header == CsvHeader.NAMES && names.stream().anyMatch(name -> name.indexOf('\n') >= 0);
    }

    /** Returns the same with the names that the header has. */
    CsvSurvey named(RawRecord head) {
        ColumnBatch row = table.parse(List.of(head));
        List<String> exact = names.stream()
                .map(name ->
                        StandardCharsets.UTF_8.decode(row.column(name).bytes(0)).toString())
                .toList();
        return new CsvSurvey(table(exact, delimiter), delimiter, header, exact);
    }

    /** Returns the records of a text and their fields, roughly: a quote begins or ends a quoted part anywhere. */
    private static List<List<String>> rows(String text, char delimiter) {
        List<List<String>> rows = new ArrayList<>(List.of(new ArrayList<>()));
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? '\n' : text.charAt(i);
            if (quoted && text.startsWith("\"\"", i)) {
                field.append(c); // as the decoder reads it, so that the header has this name
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == delimiter || c == '\n')) {
                rows.get(rows.size() - 1).add(field.toString());
                field.setLength(0);
                if (c == '\n') {
                    rows.add(new ArrayList<>());
                }
            } else {
                field.append(c);
            }
        }
        return rows.size() > 1 ? rows.subList(0, rows.size() - 1) : List.of(List.of(text));
    }

    /** The table, of byte strings. */
    CsvSchema table() {
        return table;
    }

    char delimiter() {
        return delimiter;
    }

    CsvHeader header() {
        return header;
    }

    @Override
    void look(RawRecord record) {
        ColumnBatch row = table.parse(List.of(record));
        for (String name : names) {
            FieldSurvey field = field(Place.RECORD, name, name);
            String text =
                    StandardCharsets.UTF_8.decode(row.column(name).bytes(0)).toString();
            if (!text.isEmpty()) {
                field.values(1);
                field.example(Shown.text(text));
                field.kinds.add(type(text));
            }
        }
    }

    private static DType type(String text) {
        String number = text.strip();
        if (NUMBER.matcher(number).matches() && !LEADING_ZERO.matcher(number).matches()) {
            return FieldSurvey.numberType(number);
        }
        return BOOL.matcher(number).matches() ? DType.BOOL : DType.UTF8;
    }
}
