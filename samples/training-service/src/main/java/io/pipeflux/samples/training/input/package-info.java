/**
 * Provides the channels of a training program, and the interfaces with which a user turns these channels into batches.
 */
@NullMarked
package io.pipeflux.samples.training.input;

import org.jspecify.annotations.NullMarked;
