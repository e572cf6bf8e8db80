/**
 * The operators between a decoder and a training loop. {@link io.pipeflux.core.operator.PipeOperators} has a method for
 * each of them. The operators depend on records and passes, but not on pipes, files or object stores.
 */
@NullMarked
package io.pipeflux.core.operator;

import org.jspecify.annotations.NullMarked;
