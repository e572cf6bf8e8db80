/**
 * The AWS SDK's asynchronous HTTP client on Reactor Netty. It is named where a client is built, and never found on the
 * class path:
 *
 * <pre>{@code
 * S3AsyncClient.builder().httpClientBuilder(ReactorNettyHttpClient.builder())
 * }</pre>
 */
@NullMarked
package io.pipeflux.s3.http;

import org.jspecify.annotations.NullMarked;
