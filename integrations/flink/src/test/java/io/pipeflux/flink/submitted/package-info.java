/** Jobs that are submitted to a cluster as jars: the classes of the cluster's side and of the job's side. */
@NullMarked
package io.pipeflux.flink.submitted;

import org.jspecify.annotations.NullMarked;
