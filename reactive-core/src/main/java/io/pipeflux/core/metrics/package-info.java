/** A pipeline's figures as Micrometer meters; the one package that needs micrometer-core on the class path. */
@NullMarked
package io.pipeflux.core.metrics;

import org.jspecify.annotations.NullMarked;
