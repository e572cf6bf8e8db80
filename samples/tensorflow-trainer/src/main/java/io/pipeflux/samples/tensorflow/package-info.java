/** Uses TensorFlow-Java to train the linear classifier of the pipe-mode tutorials. The data are read from pipes. */
@NullMarked
package io.pipeflux.samples.tensorflow;

import org.jspecify.annotations.NullMarked;
