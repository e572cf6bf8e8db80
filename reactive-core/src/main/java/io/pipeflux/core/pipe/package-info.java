/**
 * Pipe mode: reads and writes named pipes (FIFOs) with backpressure, one pipe per epoch of a channel.
 *
 * <p>A channel {@code train} is a sequence of pipes {@code train_0}, {@code train_1}, ... in one directory.
 * {@link io.pipeflux.core.pipe.PipeChannels} reads them, and {@link io.pipeflux.core.pipe.ChannelWriter} fills them.
 * {@link io.pipeflux.core.pipe.NamedPipes} reads and writes a single pipe. Each open pipe has a daemon thread for its
 * blocking calls. Linux only.
 */
@NullMarked
package io.pipeflux.core.pipe;

import org.jspecify.annotations.NullMarked;
