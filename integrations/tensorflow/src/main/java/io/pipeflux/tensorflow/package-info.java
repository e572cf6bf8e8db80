/** Batches whose columns are tensors of TensorFlow-Java. */
@NullMarked
package io.pipeflux.tensorflow;

import org.jspecify.annotations.NullMarked;
