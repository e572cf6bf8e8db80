package io.pipeflux.s3;

import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.SdkPlugin;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.services.s3.S3ServiceClientConfiguration;

/**
 * Prevents the SDK from adding its own checksum to a request that has none. A store that does not support checksums
 * would refuse the request, or would store the SDK's framing as part of the object.
 */
final class ClientSums {

    private static final SdkPlugin OFF = client -> {
        if (client instanceof S3ServiceClientConfiguration.Builder s3) {
            s3.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED);
        }
    };

    private ClientSums() {}

    /**
     * Switches the SDK's own checksums off for a request, and keeps all other settings of the request. A client other
     * than the SDK's may ignore this setting.
     */
    static AwsRequestOverrideConfiguration off(AwsRequestOverrideConfiguration set) {
        return set.toBuilder().addPlugin(OFF).build();
    }
}
