/**
 * An HTTP client for the AWS SDK, based on Reactor Netty. The SDK does not discover this client, even if it is on the
 * class path. Therefore, pass the client's builder to the builder of a service client:
 *
 * <pre>{@code
 * S3AsyncClient.builder().httpClientBuilder(ReactorNettyHttpClient.builder())
 * }</pre>
 */
@NullMarked
package io.pipeflux.s3.http;

import org.jspecify.annotations.NullMarked;
