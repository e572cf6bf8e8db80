package io.pipeflux.samples.training.study;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.text.TextLines;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class StreamingPcaTest {

    private static final byte[] TRIPS = new TripData(1 << 20, 1, 3).object(0);

    private static List<ColumnBatch> batches(int size) {
        return Flux.just(ByteBuffer.wrap(TRIPS))
                .transform(TextLines.decode())
                .transform(mapAndBatch(size, 0, TripData.schema().batches()))
                .collectList()
                .block();
    }

    private static StreamingPca pca(int batchSize) {
        StreamingPca pca = StreamingPca.of(TripData.COLUMNS.size());
        batches(batchSize).forEach(batch -> pca.add(TripData.values(batch)));
        return pca;
    }

    /** The correlations of two columns, the plain way. */
    private static double correlation(double[] x, double[] y) {
        double meanX = java.util.Arrays.stream(x).average().orElseThrow();
        double meanY = java.util.Arrays.stream(y).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return xy / Math.sqrt(xx * yy);
    }

    @Test
    void theComponentsAreEigenvectorsOfTheCorrelations() {
        ColumnBatch all = batches(1 << 20).get(0);
        int d = TripData.COLUMNS.size();
        double[][] values = TripData.values(all);
        List<StreamingPca.Component> components = pca(1000).components();
        assertThat(components).hasSize(d).isSortedAccordingTo((a, b) -> Double.compare(b.share(), a.share()));
        assertThat(components.stream()
                        .mapToDouble(StreamingPca.Component::share)
                        .sum())
                .isCloseTo(1, within(1e-9));
        double[][] correlations = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                correlations[i][j] = correlation(values[i], values[j]);
            }
        }
        for (StreamingPca.Component component : components) {
            for (int i = 0; i < d; i++) {
                double product = 0;
                for (int j = 0; j < d; j++) {
                    product += correlations[i][j] * component.loadings().get(j);
                }
                assertThat(product)
                        .isCloseTo(component.share() * d * component.loadings().get(i), within(1e-8));
            }
        }
    }

    @Test
    void theSizeOfBatchesDoesNotMatter() {
        List<StreamingPca.Component> small = pca(7).components();
        List<StreamingPca.Component> large = pca(5000).components();
        assertThat(pca(7).rows()).isEqualTo(pca(5000).rows());
        for (int i = 0; i < small.size(); i++) {
            assertThat(small.get(i).share()).isCloseTo(large.get(i).share(), within(1e-9));
        }
    }

    @Test
    void whatMakesATripLongMakesItDear() {
        List<Double> first = pca(4096).components().get(0).loadings();
        for (String column : List.of("trip_distance", "fare_amount", "total_amount")) {
            assertThat(first.get(TripData.COLUMNS.indexOf(column))).isGreaterThan(0.3);
        }
    }

    @Test
    void everyTripBeginsInOneHour() {
        double[][] values = TripData.values(batches(100).get(0));
        for (int k = 0; k < 100; k++) {
            double hours = 0;
            for (int i = TripData.COLUMNS.indexOf("hour_0"); i < values.length; i++) {
                hours += values[i][k];
            }
            assertThat(hours).isEqualTo(1);
        }
    }

    @Test
    void theSameSeedGivesTheSameTripsInSoManyBytes() {
        assertThat(new TripData(1 << 20, 1, 3).object(0)).isEqualTo(TRIPS);
        assertThat(new TripData(1 << 20, 1, 4).object(0)).isNotEqualTo(TRIPS);
        assertThat(TRIPS.length).isBetween(1 << 20, (1 << 20) + 200);
        assertThat(new String(TRIPS, StandardCharsets.ISO_8859_1).lines().limit(5))
                .allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(19));
    }
}
