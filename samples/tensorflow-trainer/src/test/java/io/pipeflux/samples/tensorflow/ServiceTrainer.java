package io.pipeflux.samples.tensorflow;

import io.pipeflux.records.batch.ColumnAllocator;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.tensorflow.LinearClassifier.Metrics;
import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.LogisticModel.Step;
import io.pipeflux.samples.training.TemporaryDirectory;
import io.pipeflux.samples.training.service.ColumnSpec;
import io.pipeflux.samples.training.service.HyperParameter;
import io.pipeflux.samples.training.service.RefusedException;
import io.pipeflux.samples.training.service.Trainer;
import io.pipeflux.tensorflow.TensorFlowColumns;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/** The classifier of TensorFlow as a trainer of the training service: the batches are tensors, without a copy. */
final class ServiceTrainer implements Trainer {

    static final String NAME = "tensorflow";

    private static final String VARIABLES = "variables";

    private final TensorFlowColumns columns = TensorFlowColumns.create();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Logistic regression of labels on data in TensorFlow, trained by FTRL";
    }

    @Override
    public List<HyperParameter> hyperParameters() {
        return List.of();
    }

    @Override
    public void check(List<ColumnSpec> schema) {
        if (schema.size() != 2
                || !schema.get(0).name().equals("data")
                || !"float64".equals(schema.get(0).type())
                || !schema.get(1).name().equals("labels")
                || schema.get(1).kind() != ColumnSpec.Kind.int64) {
            throw RefusedException.invalid("schema", "the columns data (raw, float64) and labels (int64)", schema);
        }
    }

    @Override
    public ColumnAllocator columns() {
        return columns;
    }

    @Override
    public Learner learner(List<ColumnSpec> schema, Map<String, Double> hyperParameters, byte @Nullable [] state) {
        LinearClassifier classifier =
                new LinearClassifier(columns, schema.get(0).shape().get(0));
        if (state != null) {
            restore(classifier, state);
        }
        return new Classifier(classifier);
    }

    private record Classifier(LinearClassifier classifier) implements Learner {

        @Override
        public Step fit(ColumnBatch batch) {
            Metrics metrics = classifier.train(batch);
            batch.release();
            return new Step(metrics.loss(), score(metrics));
        }

        @Override
        public Score score(ColumnBatch batch) {
            Metrics metrics = classifier.evaluate(batch);
            batch.release();
            return score(metrics);
        }

        private static Score score(Metrics metrics) {
            return new Score(metrics.rows(), Math.round(metrics.accuracy() * metrics.rows()));
        }

        @Override
        public byte[] state() {
            try (TemporaryDirectory directory = TemporaryDirectory.create("pipeflux-variables-")) {
                classifier.saveVariables(directory.path().resolve(VARIABLES));
                return zip(directory.path());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String model() {
            return "{\"variables\":\"" + Base64.getEncoder().encodeToString(state()) + "\"}";
        }

        @Override
        public void close() {
            classifier.close();
        }
    }

    private static void restore(LinearClassifier classifier, byte[] state) {
        try (TemporaryDirectory directory = TemporaryDirectory.create("pipeflux-variables-");
                ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(state))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Files.copy(zip, directory.path().resolve(entry.getName()));
            }
            classifier.restoreVariables(directory.path().resolve(VARIABLES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] zip(Path directory) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Stream<Path> files = Files.list(directory);
                ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Path file : files.sorted()
                    .filter(each -> each.getFileName().toString().startsWith(VARIABLES))
                    .toList()) {
                ZipEntry entry = new ZipEntry(file.getFileName().toString());
                entry.setTime(0);
                zip.putNextEntry(entry);
                Files.copy(file, zip);
            }
        }
        return bytes.toByteArray();
    }
}
