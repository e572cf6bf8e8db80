/**
 * Reads and writes the files of a training container: configuration, model, checkpoints, and the reason for a failure.
 */
@NullMarked
package io.pipeflux.samples.training.container;

import org.jspecify.annotations.NullMarked;
