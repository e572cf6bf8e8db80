/**
 * Pipe mode: named pipes (FIFOs) read and written with demand, channels of them, epoch by epoch.
 *
 * <p>A channel {@code train} is a sequence of pipes {@code train_0}, {@code train_1}, ... in one directory, one per
 * epoch. {@link io.pipeflux.core.pipe.PipeChannels} reads them, {@link io.pipeflux.core.pipe.ChannelWriter} fills them,
 * {@link io.pipeflux.core.pipe.NamedPipes} reads and writes a single one. Blocking calls run on a daemon thread that
 * each open pipe has of its own. Linux only.
 */
@NullMarked
package io.pipeflux.core.pipe;

import org.jspecify.annotations.NullMarked;
