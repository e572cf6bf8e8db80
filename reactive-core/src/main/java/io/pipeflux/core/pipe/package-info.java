/**
 * Pipe mode: reads and writes named pipes (FIFOs) with backpressure. A channel has one pipe per epoch.
 *
 * <p>A channel {@code train} is a sequence of pipes {@code train_0}, {@code train_1}, ... in one directory.
 * {@link io.pipeflux.core.pipe.PipeChannels} reads the pipes, and {@link io.pipeflux.core.pipe.ChannelWriter} fills
 * them. {@link io.pipeflux.core.pipe.NamedPipes} reads and writes a single pipe. Each open pipe has a daemon thread for
 * its blocking calls. Pipe mode is available on Linux only.
 */
@NullMarked
package io.pipeflux.core.pipe;

import org.jspecify.annotations.NullMarked;
