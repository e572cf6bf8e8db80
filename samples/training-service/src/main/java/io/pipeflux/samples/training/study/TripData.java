package io.pipeflux.samples.training.study;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.csv.CsvField;
import io.pipeflux.records.csv.CsvSchema;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Generates taxi trips with the columns of New York's public trip records. The output is CSV without a header, as
 * SageMaker's built-in algorithms require. The same seed gives the same bytes in every JDK.
 *
 * <pre>
 *   2,2021-07-01 00:00:02,2021-07-01 00:17:40,1,3.52,1,N,142,236,1,15.30,0.50,0.50,3.06,0.00,0.30,22.16,2.50,0.00
 * </pre>
 */
record TripData(long bytes, int objects, long seed) {

    private static final String PICKUP = "tpep_pickup_datetime";
    private static final List<String> AMOUNTS = List.of(
            "passenger_count",
            "trip_distance",
            "fare_amount",
            "extra",
            "mta_tax",
            "tip_amount",
            "tolls_amount",
            "improvement_surcharge",
            "total_amount",
            "congestion_surcharge",
            "airport_fee");

    private static final int HOURS = 24;
    private static final int HOUR_AT = "2021-07-01 ".length();

    /**
     * The columns of the analysis: the numeric values of a trip, and one column for each hour of the day. An hour's
     * column is 1 if the trip began in that hour, and otherwise 0.
     */
    static final List<String> COLUMNS = Stream.concat(
                    AMOUNTS.stream(), IntStream.range(0, HOURS).mapToObj(hour -> "hour_" + hour))
            .toList();

    private static final int[] PLACES = {1, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18};
    private static final int LINE = 128;
    private static final LocalDateTime FIRST = LocalDateTime.of(2021, 7, 1, 0, 0);

    /** Returns the schema of the fields to analyse. */
    static CsvSchema schema() {
        // the default value is needed only for the passenger count, which is missing in 0.1 % of the trips
        return CsvSchema.of(Stream.concat(
                                Stream.of(CsvField.bytes(PICKUP)),
                                AMOUNTS.stream()
                                        .map(name -> CsvField.float64(name).withDefault(1.0)))
                        .toArray(CsvField[]::new))
                .select(PLACES);
    }

    /** Returns a batch's values of {@link #COLUMNS}, column by column. */
    static double[][] values(ColumnBatch batch) {
        double[][] values = new double[COLUMNS.size()][batch.rows()];
        for (int i = 0; i < AMOUNTS.size(); i++) {
            batch.column(AMOUNTS.get(i)).copyTo(values[i]);
        }
        ByteBuffer times = batch.column(PICKUP).values();
        IntBuffer begins = batch.column(PICKUP).offsets();
        for (int k = 0; k < batch.rows(); k++) {
            int at = begins.get(k) + HOUR_AT;
            int hour = (times.get(at) - '0') * 10 + times.get(at + 1) - '0';
            values[AMOUNTS.size() + hour][k] = 1;
        }
        return values;
    }

    /** Returns the lines of an object. */
    byte[] object(int index) {
        Random random = new Random(seed * 1_000_003 + index);
        long size = bytes * (index + 1) / objects - bytes * index / objects;
        StringBuilder lines = new StringBuilder((int) size + LINE);
        while (lines.length() < size) {
            trip(random, lines);
        }
        return lines.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void trip(Random random, StringBuilder line) {
        LocalDateTime pickup = FIRST.plusSeconds(random.nextInt(31 * 24 * 3600));
        // the distance is in hundredths of a mile, and exponentially distributed
        int distance = 30 + (int) (-280 * StrictMath.log(1 - random.nextDouble()));
        int minutes = 3 + distance / 25 + random.nextInt(8);
        boolean rush = pickup.getHour() >= 16 && pickup.getHour() < 20;
        boolean far = distance > 1200;
        boolean card = random.nextInt(10) < 7;
        int fare = 250 + 250 * distance / 100 + 50 * minutes / 2;
        int extra = rush ? 100 : random.nextInt(3) * 50;
        int tip = card ? fare * (10 + random.nextInt(20)) / 100 : 0;
        int tolls = far && random.nextInt(3) > 0 ? 655 : 0;
        int tax = random.nextInt(100) > 0 ? 50 : 0;
        int improvement = random.nextInt(200) > 0 ? 30 : 0;
        int congestion = random.nextInt(10) < 8 ? 250 : 0;
        int airport = far && random.nextInt(4) == 0 ? 125 : 0;
        line.append(1 + random.nextInt(2)).append(',');
        time(pickup, line);
        time(pickup.plusMinutes(minutes), line);
        if (random.nextInt(1000) > 0) {
            line.append(random.nextInt(4) > 0 ? 1 : 2 + random.nextInt(5));
        }
        line.append(',');
        amount(distance, line);
        line.append(far ? 2 : 1).append(",N,");
        line.append(1 + random.nextInt(263)).append(',');
        line.append(1 + random.nextInt(263)).append(',');
        line.append(card ? 1 : 2).append(',');
        int total = fare + extra + tax + tip + tolls + improvement + congestion + airport;
        for (int amount : new int[] {fare, extra, tax, tip, tolls, improvement, total, congestion, airport}) {
            amount(amount, line);
        }
        line.setCharAt(line.length() - 1, '\n');
    }

    private static void time(LocalDateTime time, StringBuilder line) {
        line.append(time.getYear());
        two('-', time.getMonthValue(), line);
        two('-', time.getDayOfMonth(), line);
        two(' ', time.getHour(), line);
        two(':', time.getMinute(), line);
        two(':', time.getSecond(), line);
        line.append(',');
    }

    private static void two(char before, int number, StringBuilder line) {
        line.append(before).append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
    }

    private static void amount(int hundredths, StringBuilder line) {
        line.append(hundredths / 100);
        two('.', hundredths % 100, line);
        line.append(',');
    }
}
