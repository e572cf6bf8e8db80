/**
 * The operators between a decoder and a training loop: {@link io.pipeflux.core.operator.PipeOperators} has them all.
 * They know records and passes, and nothing of pipes, files or object stores.
 */
@NullMarked
package io.pipeflux.core.operator;

import org.jspecify.annotations.NullMarked;
