/**
 * S3 objects as ordered byte streams that are read no faster than they are asked for, and the agent's engine, which
 * fills named pipes with them.
 *
 * <p>The caller gives the {@code S3AsyncClient}, configures it (credentials, region, endpoint, retries, time-outs) and
 * closes it. Ranged reads want a client built with {@code requestChecksumCalculation(WHEN_REQUIRED)} and
 * {@code responseChecksumValidation(WHEN_REQUIRED)}: checksums of whole objects do not fit parts of them.
 */
@NullMarked
package io.pipeflux.s3;

import org.jspecify.annotations.NullMarked;
