package io.pipeflux.samples.training.service;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.training.LogisticModel;
import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.LogisticModel.Step;
import io.pipeflux.samples.training.ModelJson;
import io.pipeflux.samples.training.ModelState;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Trains the classifier of the demo, which predicts the column {@code labels} from the column {@code data}. */
final class LogisticTrainer implements Trainer {

    private static final String RATE = "learning-rate";
    private static final double LEAST_RATE = 1e-6;

    @Override
    public String name() {
        return "logistic-regression";
    }

    @Override
    public String description() {
        return "Logistic regression of labels (0 or 1) on data, trained by Adagrad";
    }

    @Override
    public List<HyperParameter> hyperParameters() {
        return List.of(
                new HyperParameter(RATE, HyperParameter.Type.number, LogisticModel.LEARNING_RATE, LEAST_RATE, 1));
    }

    @Override
    public void check(List<ColumnSpec> schema) {
        ColumnSpec data = ColumnSpec.find(schema, "data");
        ColumnSpec labels = ColumnSpec.find(schema, "labels");
        if (data == null || data.kind() != ColumnSpec.Kind.raw || !"float64".equals(data.type())) {
            throw RefusedException.invalid("schema", "a column \"data\" of kind raw and type float64", schema);
        }
        if (labels == null || labels.kind() != ColumnSpec.Kind.int64 || labels.size() != 1) {
            throw RefusedException.invalid("schema", "a column \"labels\" of kind int64 with one value", schema);
        }
        if (schema.size() != 2) {
            throw RefusedException.invalid("schema", "the columns \"data\" and \"labels\" only", schema);
        }
    }

    @Override
    public Learner learner(List<ColumnSpec> schema, Map<String, Double> hyperParameters, byte @Nullable [] state) {
        int features = Math.toIntExact(schema.stream()
                .filter(column -> column.name().equals("data"))
                .findFirst()
                .orElseThrow()
                .size());
        LogisticModel model = state == null ? LogisticModel.untrained(features) : ModelState.read(state, features);
        return new Classifier(model.learningRate(hyperParameters.getOrDefault(RATE, LogisticModel.LEARNING_RATE)));
    }

    private record Classifier(LogisticModel trained) implements Learner {

        @Override
        public Step fit(ColumnBatch batch) {
            return trained.step(batch);
        }

        @Override
        public Score score(ColumnBatch batch) {
            return trained.score(batch);
        }

        @Override
        public byte[] state() {
            return ModelState.write(trained);
        }

        @Override
        public String model() {
            return ModelJson.write(trained);
        }
    }
}
