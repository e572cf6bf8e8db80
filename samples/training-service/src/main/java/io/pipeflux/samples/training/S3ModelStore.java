package io.pipeflux.samples.training;

import io.pipeflux.s3.S3Uri;
import software.amazon.awssdk.core.BytesWrapper;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Stores a model in S3, as {@code model.json}. */
final class S3ModelStore implements ModelStore {

    private final S3AsyncClient client;
    private final String bucket;
    private final String key;

    private S3ModelStore(S3AsyncClient client, String bucket, String key) {
        this.client = client;
        this.bucket = bucket;
        this.key = key;
    }

    /** @param uri the prefix of the model's key, see {@link S3Uri} */
    static S3ModelStore at(S3AsyncClient client, String uri) {
        S3Uri place;
        try {
            place = S3Uri.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--output: " + e.getMessage(), e);
        }
        String prefix = place.prefix();
        String directory = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
        return new S3ModelStore(client, place.bucket(), directory + ModelJson.FILE);
    }

    @Override
    public String save(LogisticModel model) {
        client.putObject(
                        request -> request.bucket(bucket).key(key).contentType("application/json"),
                        AsyncRequestBody.fromString(ModelJson.write(model)))
                .join();
        return "s3://" + bucket + "/" + key;
    }

    @Override
    public LogisticModel load() {
        return ModelJson.read(
                client.getObject(request -> request.bucket(bucket).key(key), AsyncResponseTransformer.toBytes())
                        .thenApply(BytesWrapper::asUtf8String)
                        .join());
    }
}
