/** An Apache Flink job that processes the demo's data. */
@NullMarked
package io.pipeflux.samples.flink;

import org.jspecify.annotations.NullMarked;
