/** Trains the linear classifier of the pipe-mode tutorials from pipes, with TensorFlow-Java. */
@NullMarked
package io.pipeflux.samples.tensorflow;

import org.jspecify.annotations.NullMarked;
