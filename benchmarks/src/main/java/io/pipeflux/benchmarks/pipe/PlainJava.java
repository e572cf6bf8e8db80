package io.pipeflux.benchmarks.pipe;

import io.pipeflux.records.example.ExampleSets;
import io.pipeflux.records.example.Peer;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.tensorflow.hadoop.util.TFRecordReader;

/** Reads on one thread, with a handwritten loop that uses the JDK's streams, protobuf-java, and arrays of 64 rows. */
final class PlainJava {

    private static final int BUFFER = 256 << 10;
    private static final int HEADER = 12;

    private PlainJava() {}

    /** Reads TFRecords one by one. */
    @FunctionalInterface
    interface Records {
        /** Returns the next record's bytes, or null at the end. */
        byte @Nullable [] next() throws IOException;
    }

    static void read(Path from, String set, Tally tally) throws IOException {
        if (set.equals(PipelineSets.TEXT)) {
            lines(from, tally);
            return;
        }
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(new FileInputStream(from.toFile()), BUFFER))) {
            records(() -> next(in), set, tally);
        }
    }

    /**
     * Reads records with the reader of tensorflow-hadoop, which verifies checksums. The records are parsed with
     * protobuf-java. The buffer has the same size as in {@link #read}.
     */
    static void readHadoop(Path from, String set, Tally tally) throws IOException {
        try (InputStream in = new BufferedInputStream(new FileInputStream(from.toFile()), BUFFER)) {
            TFRecordReader reader = new TFRecordReader(in, true);
            records(reader::read, set, tally);
        }
    }

    private static void records(Records records, String set, Tally tally) throws IOException {
        Peer peer = new Peer(ExampleSets.features(set));
        Object[] arrays = peer.arrays(PipelineSets.BATCH);
        int row = 0;
        for (byte[] record = records.next(); record != null; record = records.next()) {
            peer.parse(record, arrays, row);
            tally.add(1, ((long[]) arrays[arrays.length - 1])[row]);
            if (++row == PipelineSets.BATCH) {
                check(tally, arrays, row);
                arrays = peer.arrays(PipelineSets.BATCH);
                row = 0;
            }
        }
        check(tally, arrays, row);
    }

    private static void check(Tally tally, Object[] arrays, int rows) {
        if (tally.checks()) {
            ArrayColumns.check(tally, arrays, PipelineSets.BATCH, rows);
        }
    }

    private static byte @Nullable [] next(DataInputStream in) throws IOException {
        byte[] header = new byte[HEADER];
        int read = in.readNBytes(header, 0, HEADER);
        if (read == 0) {
            return null;
        }
        if (read < HEADER) {
            throw new EOFException();
        }
        ByteBuffer numbers = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        verify(header, Long.BYTES, numbers.getInt(Long.BYTES));
        byte[] record = new byte[Math.toIntExact(numbers.getLong(0))];
        in.readFully(record);
        verify(record, record.length, Integer.reverseBytes(in.readInt()));
        return record;
    }

    private static void verify(byte[] bytes, int count, int masked) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, count);
        int value = (int) crc.getValue();
        if ((value >>> 15 | value << 17) + 0xa282ead8 != masked) {
            throw new IOException("wrong checksum");
        }
    }

    private static void lines(Path from, Tally tally) throws IOException {
        try (InputStream in = new FileInputStream(from.toFile());
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII), BUFFER)) {
            int[][] columns = new int[PipelineSets.FIELDS][PipelineSets.BATCH];
            int row = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split(",", -1);
                for (int i = 0; i < fields.length; i++) {
                    columns[i][row] = Integer.parseInt(fields[i]);
                }
                tally.add(1, columns[0][row]);
                if (++row == PipelineSets.BATCH) {
                    check(tally, columns, row);
                    columns = new int[PipelineSets.FIELDS][PipelineSets.BATCH];
                    row = 0;
                }
            }
            check(tally, columns, row);
        }
    }
}
