/** The linear classifier of the pipe-mode tutorials, trained by TensorFlow-Java from pipes. */
@NullMarked
package io.pipeflux.samples.tensorflow;

import org.jspecify.annotations.NullMarked;
