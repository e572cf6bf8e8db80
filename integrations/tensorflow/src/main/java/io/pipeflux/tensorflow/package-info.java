/** Converts columns of batches to tensors of TensorFlow-Java. */
@NullMarked
package io.pipeflux.tensorflow;

import org.jspecify.annotations.NullMarked;
