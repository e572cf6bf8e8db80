/**
 * The operators between a decoder and a training loop. {@link io.pipeflux.core.operator.PipeOperators} has a method for
 * each. They depend on records and passes, but not on pipes, files or object stores.
 */
@NullMarked
package io.pipeflux.core.operator;

import org.jspecify.annotations.NullMarked;
