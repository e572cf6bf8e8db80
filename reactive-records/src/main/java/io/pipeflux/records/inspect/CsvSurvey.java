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

/** Surveys CSV records. Guesses the delimiter, and whether there is a header, from the first lines. */
final class CsvSurvey extends Survey {

    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?");
    // a number with leading zeros is probably a code, such as a postal code
    private static final Pattern LEADING_ZERO = Pattern.compile("[+-]?0[0-9]+");
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

    /**
     * Guesses the delimiter, and whether there is a header.
     *
     * @param first the first lines
     */
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
     * Returns the best delimiter: the one with which the largest number of records have as many fields as the first
     * record. With this delimiter, the first record must have at least two fields. If there is a tie, returns the
     * delimiter that gives more fields. If no delimiter suits more than half of the records, returns a comma. Records
     * with a different number of fields are ignored here: the parser reports them later.
     */
    private static char delimiter(String text) {
        char chosen = ',';
        long most = 0;
        int mostFields = 0;
        for (char candidate : new char[] {',', '\t', ';', '|'}) {
            List<List<String>> rows = rows(text, candidate);
            // The last record may be incomplete, so it is ignored unless it is the only one.
            List<List<String>> whole = rows.size() > 1 ? rows.subList(0, rows.size() - 1) : rows;
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

    /**
     * Returns whether a name contains a line break. Such a name may differ from the name in the header: because the
     * name was joined from lines, it contains LF where the header may contain CR LF.
     */
    boolean hasLineBreaksInNames() {
        return header == CsvHeader.NAMES && names.stream().anyMatch(name -> name.indexOf('\n') >= 0);
    }

    /** Returns a copy of this survey with the names that a header record contains, including their line breaks. */
    CsvSurvey named(RawRecord head) {
        ColumnBatch row = table.parse(List.of(head));
        List<String> exact = names.stream()
                .map(name ->
                        StandardCharsets.UTF_8.decode(row.column(name).bytes(0)).toString())
                .toList();
        return new CsvSurvey(table(exact, delimiter), delimiter, header, exact);
    }

    /** Splits text roughly into records and fields. A quote anywhere in a field begins or ends a quoted part. */
    private static List<List<String>> rows(String text, char delimiter) {
        List<List<String>> rows = new ArrayList<>(List.of(new ArrayList<>()));
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? '\n' : text.charAt(i);
            if (quoted && text.startsWith("\"\"", i)) {
                field.append(c); // a doubled quote stands for one quote, as in the decoder
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

    /** Returns the schema with which this survey reads the records. All fields of the schema are byte strings. */
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
