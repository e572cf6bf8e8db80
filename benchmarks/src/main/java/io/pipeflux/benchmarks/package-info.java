/** JMH benchmarks and comparisons. */
@NullMarked
package io.pipeflux.benchmarks;

import org.jspecify.annotations.NullMarked;
