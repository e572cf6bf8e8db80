/** Runs pipe mode without SageMaker: the agent and the trainer are two processes that share a directory. */
@NullMarked
package io.pipeflux.samples.training.local;

import org.jspecify.annotations.NullMarked;
