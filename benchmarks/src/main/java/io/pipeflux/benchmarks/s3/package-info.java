/**
 * Benchmarks of reading from S3 and writing to S3, with Pipeflux and with other clients. The main programs are {@link
 * io.pipeflux.benchmarks.s3.S3Reads} and {@code S3Writes}.
 */
@NullMarked
package io.pipeflux.benchmarks.s3;

import org.jspecify.annotations.NullMarked;
