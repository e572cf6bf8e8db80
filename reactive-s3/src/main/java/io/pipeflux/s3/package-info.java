/**
 * Reads S3 objects as ordered byte streams with backpressure ({@link io.pipeflux.s3.S3Channels}), writes objects and
 * datasets ({@link io.pipeflux.s3.S3Writer}, {@link io.pipeflux.s3.DatasetWriter}), and keeps checkpoints in S3 ({@link
 * io.pipeflux.s3.S3Checkpoints}).
 *
 * <p>The caller creates the {@code S3AsyncClient}, configures it (credentials, region, endpoint, retries, time-outs)
 * and closes it. Build the client with {@code requestChecksumCalculation(WHEN_REQUIRED)} and {@code
 * responseChecksumValidation(WHEN_REQUIRED)}, because objects are read in ranges, and the checksum of a whole object
 * does not match the bytes of a range.
 */
@NullMarked
package io.pipeflux.s3;

import org.jspecify.annotations.NullMarked;
