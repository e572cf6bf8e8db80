/** Reads channels and writes datasets as sources and sinks of Apache Flink. */
@NullMarked
package io.pipeflux.flink;

import org.jspecify.annotations.NullMarked;
