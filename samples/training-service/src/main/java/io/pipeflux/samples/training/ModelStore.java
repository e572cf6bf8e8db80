package io.pipeflux.samples.training;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.BytesWrapper;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Keeps a model in S3, as {@code model.json}: {@code {"weights":[...]}}, the bias last. */
final class ModelStore {

    private static final JsonFactory JSON = new JsonFactory();

    private final S3AsyncClient client;
    private final String bucket;
    private final String key;

    private ModelStore(S3AsyncClient client, String bucket, String key) {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
    }

    /** @param uri {@code s3://bucket/prefix} */
    static ModelStore at(S3AsyncClient client, String uri) {
        if (!uri.matches("s3://[^/]+(/.*)?")) {
            throw new IllegalArgumentException("--output s3://BUCKET/PREFIX required but it was " + uri);
        }
        String path = uri.substring("s3://".length());
        int slash = path.indexOf('/');
        String prefix = slash < 0 ? "" : path.substring(slash + 1);
        String directory = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
        return new ModelStore(client, slash < 0 ? path : path.substring(0, slash), directory + "model.json");
    }

    /** Writes the model; returns where it lies. */
    String save(LogisticModel model) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeName("weights");
            json.writeArray(model.weights(), 0, model.weights().length);
            json.writeEndObject();
        }
        client.putObject(
                        request -> request.bucket(bucket).key(key).contentType("application/json"),
                        AsyncRequestBody.fromString(text.toString()))
                .join();
        return "s3://" + bucket + "/" + key;
    }

    LogisticModel load() {
        String text = client.getObject(request -> request.bucket(bucket).key(key), AsyncResponseTransformer.toBytes())
                .thenApply(BytesWrapper::asUtf8String)
                .join();
        List<Double> weights = new ArrayList<>();
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token.isNumeric()) {
                    weights.add(json.getDoubleValue());
                }
            }
        }
        return new LogisticModel(
                weights.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
