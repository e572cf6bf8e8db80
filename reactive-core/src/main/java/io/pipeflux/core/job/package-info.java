/**
 * What a training job keeps between its runs: {@link io.pipeflux.core.job.Checkpoints}, over a directory or any other
 * {@link io.pipeflux.core.job.CheckpointStore}.
 */
@NullMarked
package io.pipeflux.core.job;

import org.jspecify.annotations.NullMarked;
