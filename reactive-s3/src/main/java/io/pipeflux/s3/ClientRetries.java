package io.pipeflux.s3;

import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkPlugin;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

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
        AwsRequestOverrideConfiguration set = request.overrideConfiguration();
        AwsRequestOverrideConfiguration.Builder more =
                set == null ? AwsRequestOverrideConfiguration.builder() : set.toBuilder();
        return request.overrideConfiguration(more.addPlugin(OFF).build());
    }
}
