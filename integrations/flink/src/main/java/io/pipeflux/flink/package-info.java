/** Sources and sinks of Apache Flink: the sources read channels, and the sinks write datasets. */
@NullMarked
package io.pipeflux.flink;

import org.jspecify.annotations.NullMarked;
