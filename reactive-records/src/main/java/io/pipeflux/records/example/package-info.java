/**
 * Records that hold features by name: TensorFlow's {@code tf.train.Example} and {@code SequenceExample}, and SageMaker's
 * {@code Record}. Which features a record has to have, and how many records become one {@link
 * io.pipeflux.records.batch.ColumnBatch}.
 */
@NullMarked
package io.pipeflux.records.example;

import org.jspecify.annotations.NullMarked;
