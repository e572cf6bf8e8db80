/** The channels of a training program, and the interfaces with which a user turns them into batches. */
@NullMarked
package io.pipeflux.samples.training.input;

import org.jspecify.annotations.NullMarked;
