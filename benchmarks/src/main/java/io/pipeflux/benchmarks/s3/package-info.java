/** Reading from S3, ours and others'. Start {@link io.pipeflux.benchmarks.s3.S3Reads}. */
@NullMarked
package io.pipeflux.benchmarks.s3;

import org.jspecify.annotations.NullMarked;
