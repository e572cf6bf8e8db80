/** Pipe mode without SageMaker: agent and trainer as two processes on one directory. */
@NullMarked
package io.pipeflux.samples.training.local;

import org.jspecify.annotations.NullMarked;
