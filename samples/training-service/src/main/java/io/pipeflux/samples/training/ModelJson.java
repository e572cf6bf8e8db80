package io.pipeflux.samples.training;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reads and writes a model as {@code {"weights":[...]}}, with the bias last. */
public final class ModelJson {

    /** The name of the model file. */
    public static final String FILE = "model.json";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private ModelJson() {}

    /** Returns a model as JSON. */
    public static String write(LogisticModel model) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeName("weights");
            json.writeArray(model.weights(), 0, model.weights().length);
            json.writeEndObject();
        }
        return text.toString();
    }

    static LogisticModel read(String text) {
        List<Double> weights = new ArrayList<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token.isNumeric()) {
                    weights.add(json.getDoubleValue());
                }
            }
        }
        return LogisticModel.of(
                weights.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
