/**
 * What surrounds a training job: the files that describe it ({@link io.pipeflux.core.job.InputDataConfig},
 * {@link io.pipeflux.core.job.ResourceConfig}, {@link io.pipeflux.core.job.HyperparametersConfig}), and what it keeps
 * between its runs ({@link io.pipeflux.core.job.Checkpoints}, over a directory or any other {@link
 * io.pipeflux.core.job.CheckpointStore}).
 */
@NullMarked
package io.pipeflux.core.job;

import org.jspecify.annotations.NullMarked;
