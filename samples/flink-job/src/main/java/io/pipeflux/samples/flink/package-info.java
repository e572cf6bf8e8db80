/** A job of Apache Flink over the demo's data. */
@NullMarked
package io.pipeflux.samples.flink;

import org.jspecify.annotations.NullMarked;
