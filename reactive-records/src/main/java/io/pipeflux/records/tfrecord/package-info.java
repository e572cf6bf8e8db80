/** Reads and writes TensorFlow's TFRecord format. */
@NullMarked
package io.pipeflux.records.tfrecord;

import org.jspecify.annotations.NullMarked;
