package io.pipeflux.records.csv;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.internal.PythonCases;
import io.pipeflux.test.Chunkings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Documents that Python's csv has written have the fields that it was given. */
class PythonCsvTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);

    @Test
    void documentsOfPythonHaveTheirFields() throws Exception {
        int rows = 0;
        try (PythonCases python = PythonCases.of("documents.py", CASES)) {
            for (int seed = 0; seed < CASES; seed++) {
                boolean names = python.in().readBoolean();
                char delimiter = (char) python.in().readByte();
                int columns = python.in().readInt();
                List<List<String>> expected = new ArrayList<>();
                for (int left = python.in().readInt(); left > 0; left--) {
                    List<String> row = new ArrayList<>();
                    for (int i = 0; i < columns; i++) {
                        row.add(new String(python.bytes(), StandardCharsets.UTF_8));
                    }
                    expected.add(row);
                }
                byte[] document = python.bytes();
                CsvSchema schema = CsvSchema.of(IntStream.range(0, columns)
                                .mapToObj(i -> CsvField.bytes("name " + i).withDefault(""))
                                .toArray(CsvField[]::new))
                        .delimiter(delimiter);
                assertThat(rows(schema, names ? CsvHeader.NAMES : CsvHeader.NONE, document, new Random(seed)))
                        .as("seed %d: %s", seed, new String(document, StandardCharsets.UTF_8))
                        .isEqualTo(expected);
                rows += expected.size();
            }
            python.end();
        }
        assertThat(rows).isGreaterThan(CASES);
    }

    private static List<List<String>> rows(CsvSchema schema, CsvHeader header, byte[] document, Random random) {
        int chunk = 1 + random.nextInt(document.length + 1);
        ObjectBytes object = ObjectBytes.of(
                "document.csv",
                0,
                document.length,
                null,
                from -> Chunkings.ofSize(Arrays.copyOfRange(document, (int) from, document.length), chunk)
                        .bytes());
        List<RawRecord> records = Flux.just(object)
                .transform(CsvRecords.format(schema, header).decodeObjects())
                .collectList()
                .block();
        if (records == null || records.isEmpty()) {
            return List.of();
        }
        ColumnBatch batch = schema.parse(records);
        return IntStream.range(0, batch.rows())
                .mapToObj(row -> batch.names().stream()
                        .map(name -> StandardCharsets.UTF_8
                                .decode(batch.column(name).bytes(row))
                                .toString())
                        .toList())
                .toList();
    }
}
