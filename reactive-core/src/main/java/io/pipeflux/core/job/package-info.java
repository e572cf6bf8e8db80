/**
 * The configuration and the checkpoints of a training job. {@link io.pipeflux.core.job.InputDataConfig},
 * {@link io.pipeflux.core.job.ResourceConfig} and {@link io.pipeflux.core.job.HyperparametersConfig} read and write the
 * files that describe the job. {@link io.pipeflux.core.job.Checkpoints} stores the job's state between its runs, in a
 * directory or in any other {@link io.pipeflux.core.job.CheckpointStore}.
 */
@NullMarked
package io.pipeflux.core.job;

import org.jspecify.annotations.NullMarked;
