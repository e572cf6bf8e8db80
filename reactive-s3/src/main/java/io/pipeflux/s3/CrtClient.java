package io.pipeflux.s3;

import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Recognises the client that {@code S3AsyncClient.crtBuilder()} creates, which is based on the AWS CRT. This client
 * differs from other clients:
 *
 * <ul>
 *   <li>It aborts a GET immediately if the future is cancelled. If the subscription to the body is cancelled, it aborts
 *       the GET only when more bytes arrive.
 *   <li>It splits a GET without a range into several ranged GETs, whose responses have no checksum of the object.
 *   <li>It emits the bytes of a part only when the whole part has arrived.
 * </ul>
 */
final class CrtClient {

    /** The client is recognised by its package, because its class is not part of the SDK's API. */
    private static final String PACKAGE = "software.amazon.awssdk.services.s3.internal.crt";

    private CrtClient() {}

    static boolean is(S3AsyncClient client) {
        return client.getClass().getPackageName().equals(PACKAGE);
    }
}
