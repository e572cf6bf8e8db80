/** Reading from S3 and writing to it, ours and others'. Start {@link io.pipeflux.benchmarks.s3.S3Reads} and {@code S3Writes}. */
@NullMarked
package io.pipeflux.benchmarks.s3;

import org.jspecify.annotations.NullMarked;
