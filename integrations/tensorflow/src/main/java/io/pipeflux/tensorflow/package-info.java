/** Turns columns of batches into tensors of TensorFlow-Java. */
@NullMarked
package io.pipeflux.tensorflow;

import org.jspecify.annotations.NullMarked;
