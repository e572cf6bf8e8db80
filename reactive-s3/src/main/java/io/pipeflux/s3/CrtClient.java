package io.pipeflux.s3;

import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Recognises the SDK's client on the AWS CRT, {@code S3AsyncClient.crtBuilder()}. It differs from the others:
 *
 * <ul>
 *   <li>It aborts a GET when its future is cancelled, but not before the next bytes when its body is.
 *   <li>It splits a GET without a range into ranges, whose answers have no checksum of the object.
 *   <li>It emits the bytes of a part together, when all of them have arrived.
 * </ul>
 */
final class CrtClient {

    /** By name, because the class is not part of the SDK's API. */
    private static final String PACKAGE = "software.amazon.awssdk.services.s3.internal.crt";

    private CrtClient() {}

    static boolean is(S3AsyncClient client) {
        return client.getClass().getPackageName().equals(PACKAGE);
    }
}
