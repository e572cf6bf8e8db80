/** The files of a training container: configuration, model, checkpoints, the reason of a failure. */
@NullMarked
package io.pipeflux.samples.training.container;

import org.jspecify.annotations.NullMarked;
