package io.pipeflux.records.rows;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.internal.PythonCases;
import io.pipeflux.test.Chunkings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Archives that Python's tarfile has written have the rows that it reads, by the names of the library webdataset. */
class PythonTarTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);

    private static final RowSchema ROWS =
            WebDataset.of(Field.key("key"), Field.bytes("image").from("jpg", "seg.png"), Field.int64("cls"));

    private record Expected(String key, ByteBuffer image, long cls) {}

    @Test
    void archivesOfPythonHaveTheirRows() throws Exception {
        int rows = 0;
        try (PythonCases python = PythonCases.of("archives.py", CASES)) {
            for (int seed = 0; seed < CASES; seed++) {
                List<Expected> expected = new ArrayList<>();
                for (int left = python.in().readInt(); left > 0; left--) {
                    String key = new String(python.bytes(), UTF_8);
                    ByteBuffer image = ByteBuffer.wrap(python.bytes());
                    expected.add(new Expected(key, image, Long.parseLong(new String(python.bytes(), UTF_8))));
                }
                byte[] archive = python.bytes();
                int chunk = 1 + new Random(seed).nextInt(archive.length);
                List<RawRecord> records = Chunkings.ofSize(archive, chunk)
                        .bytes()
                        .transform(ROWS.decode())
                        .collectList()
                        .block();
                assertThat(rows(records)).as("seed %d", seed).isEqualTo(expected);
                rows += expected.size();
            }
            python.end();
        }
        assertThat(rows).isGreaterThan(CASES);
    }

    private static List<Expected> rows(List<RawRecord> records) {
        if (records.isEmpty()) {
            return List.of();
        }
        ColumnBatch batch = ROWS.parse(records);
        return IntStream.range(0, batch.rows())
                .mapToObj(row -> new Expected(
                        batch.column("key").string(row),
                        batch.column("image").bytes(row),
                        batch.column("cls").asLongBuffer().get(row)))
                .toList();
    }
}
