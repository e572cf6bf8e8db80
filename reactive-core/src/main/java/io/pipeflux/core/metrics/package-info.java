/** Publishes a pipeline's figures as Micrometer meters. Only this package needs micrometer-core on the class path. */
@NullMarked
package io.pipeflux.core.metrics;

import org.jspecify.annotations.NullMarked;
