/**
 * TensorFlow's {@code tf.train.Example}: which features a record has to have, and how many records become one
 * {@link io.pipeflux.records.batch.ColumnBatch}.
 */
@NullMarked
package io.pipeflux.records.example;

import org.jspecify.annotations.NullMarked;
