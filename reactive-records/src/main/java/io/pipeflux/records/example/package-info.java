/**
 * Parses records with named features into columns: TensorFlow's {@code tf.train.Example} and {@code SequenceExample},
 * and SageMaker's {@code Record}.
 */
@NullMarked
package io.pipeflux.records.example;

import org.jspecify.annotations.NullMarked;
