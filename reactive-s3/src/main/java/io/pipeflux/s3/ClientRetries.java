package io.pipeflux.s3;

import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkPlugin;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * Switches the SDK's own retries off for the GETs of a window. Otherwise two policies would work against each other:
 * the SDK would hide the answer 503 from the window, which would not halve, and the window's check for progress would
 * abort the SDK's wait and start its count again.
 */
final class ClientRetries {

    private static final SdkPlugin OFF =
            client -> client.overrideConfiguration(client.overrideConfiguration().toBuilder()
                    .retryStrategy(AwsRetryStrategy.doNotRetry())
                    .addExecutionInterceptor(new ErrorLimit())
                    .build());

    private ClientRetries() {}

    /** Keeps all other settings of the request. A client that is not the SDK's may ignore this one. */
    static GetObjectRequest.Builder off(GetObjectRequest.Builder request) {
        return off(request, more -> {});
    }

    /** @param change changes further settings */
    static GetObjectRequest.Builder off(
            GetObjectRequest.Builder request, Consumer<AwsRequestOverrideConfiguration.Builder> change) {
        AwsRequestOverrideConfiguration set = request.overrideConfiguration();
        AwsRequestOverrideConfiguration.Builder more =
                set == null ? AwsRequestOverrideConfiguration.builder() : set.toBuilder();
        change.accept(more);
        return request.overrideConfiguration(more.addPlugin(OFF).build());
    }

    /** Returns the request's own configuration, but with the SDK's retries switched off. */
    static AwsRequestOverrideConfiguration off(S3Request request) {
        return request.overrideConfiguration()
                .map(AwsRequestOverrideConfiguration::toBuilder)
                .orElseGet(AwsRequestOverrideConfiguration::builder)
                .addPlugin(OFF)
                .build();
    }

    /** Switches the SDK's retries off for the HEAD of an object in a window. */
    static HeadObjectRequest.Builder off(HeadObjectRequest.Builder request) {
        return request.overrideConfiguration(
                AwsRequestOverrideConfiguration.builder().addPlugin(OFF).build());
    }
}
