/** What a training program's channels are, and how its user turns them into batches. */
@NullMarked
package io.pipeflux.samples.training.input;

import org.jspecify.annotations.NullMarked;
