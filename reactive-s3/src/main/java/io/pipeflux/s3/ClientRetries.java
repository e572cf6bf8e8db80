package io.pipeflux.s3;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkPlugin;
import software.amazon.awssdk.core.SdkServiceClientConfiguration;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * Switches the SDK's own retries off for requests that this module retries itself, such as the GETs of a fetch window.
 * Otherwise, two retry policies would work against each other: the SDK would hide 503 responses, so that the window
 * would not halve its limit, and the window's progress check would abort the GET while the SDK waits before a retry.
 *
 * <p>Each client has its own instance of this plugin. The SDK applies the plugin to the client's settings for every
 * request. The client's settings never change, so the changed settings are computed only once.
 */
final class ClientRetries {

    private static final SdkPlugin OFF = client -> client.overrideConfiguration(changed(client));

    private volatile @Nullable ClientOverrideConfiguration changed;

    private final AwsRequestOverrideConfiguration alone =
            AwsRequestOverrideConfiguration.builder().addPlugin(this::switchOff).build();

    private void switchOff(SdkServiceClientConfiguration.Builder client) {
        ClientOverrideConfiguration known = changed;
        if (known == null) {
            known = changed(client);
            changed = known;
        }
        client.overrideConfiguration(known);
    }

    private static ClientOverrideConfiguration changed(SdkServiceClientConfiguration.Builder client) {
        return client.overrideConfiguration().toBuilder()
                .retryStrategy(AwsRetryStrategy.doNotRetry())
                .addExecutionInterceptor(new ErrorLimit())
                .build();
    }

    /**
     * Switches the SDK's retries off for a GET, and keeps all other settings of the request. A client other than the
     * SDK's may ignore this setting.
     */
    GetObjectRequest.Builder off(GetObjectRequest.Builder request) {
        return request.overrideConfiguration(
                off(request.overrideConfiguration()).build());
    }

    /**
     * Switches the SDK's retries off for a GET, and applies a further change to the request's settings.
     *
     * @param change changes the settings
     */
    GetObjectRequest.Builder off(
            GetObjectRequest.Builder request, Consumer<AwsRequestOverrideConfiguration.Builder> change) {
        AwsRequestOverrideConfiguration.Builder more = off(request.overrideConfiguration());
        change.accept(more);
        return request.overrideConfiguration(more.build());
    }

    private AwsRequestOverrideConfiguration.Builder off(@Nullable AwsRequestOverrideConfiguration set) {
        if (set == null) {
            return alone.toBuilder();
        }
        // If the request has other plugins, these may change the settings before OFF runs. In this case, the stored
        // settings would be wrong, so they are computed for this request.
        return set.plugins().isEmpty()
                ? set.toBuilder().addPlugin(this::switchOff)
                : set.toBuilder().addPlugin(OFF);
    }

    /** Returns the request's own configuration with the SDK's retries switched off. */
    AwsRequestOverrideConfiguration off(S3Request request) {
        return off(request.overrideConfiguration().orElse(null)).build();
    }

    /** Switches the SDK's retries off for a HEAD request. */
    HeadObjectRequest.Builder off(HeadObjectRequest.Builder request) {
        return request.overrideConfiguration(alone);
    }
}
