package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import reactor.core.publisher.Flux;

/**
 * Reads the channels of a job in pipe mode. Each subscription to a channel reads the channel's next pipe, which is one
 * epoch.
 *
 * <pre>
 *   channel("train")    1st subscription: train_0      2nd: train_1      3rd: train_2 ...
 *   channel("eval")     1st subscription: eval_0       2nd: eval_1 ...
 * </pre>
 *
 * <p>Each instance stores the index of each channel's next pipe, either in memory or in a {@linkplain
 * PipeOptions#stateDirectory directory} that processes share. All subscriptions to the channels of an instance use
 * these indexes. A channel's index is incremented when a writer has opened the pipe. So if a subscription is cancelled
 * before that, the next subscription reads the same pipe. If {@code train_3} does not exist but a later pipe does, the
 * reader logs a warning and continues with the later pipe.
 */
public final class PipeChannels {

    private final PipeOptions options;
    private final ConcurrentMap<String, ChannelCursor> cursors = new ConcurrentHashMap<>();

    private PipeChannels(PipeOptions options) {
        this.options = options;
    }

    /**
     * Returns the channels that the options describe. Each channel begins with the pipe whose index is stored in the
     * {@linkplain PipeOptions#stateDirectory state directory}, or else with pipe 0.
     */
    public static PipeChannels create(PipeOptions options) {
        return new PipeChannels(options);
    }

    /**
     * Returns a channel of the training container in which this process runs. Works like {@link #channel} of an
     * instance that was created with the options {@code PipeOptions.mlRoot(Path.of("/opt/ml"))}. All calls in a process
     * share one such instance.
     *
     * @param name 1 to 64 of the characters {@code A-Z a-z 0-9 . _ -}
     */
    public static Flux<ByteBuffer> fromChannel(String name) {
        return Container.CHANNELS.channel(name);
    }

    /**
     * Returns a {@code Flux} of a channel's bytes. Each subscription reads one epoch.
     *
     * <p>Nothing happens before the first request. Then the reader looks up the channel in the configuration, waits for
     * the channel's next pipe, and opens it. All of this runs on a daemon thread of the subscription, which also emits
     * the chunks. Each requested chunk is one read of the pipe. Only the kernel reads ahead of demand, into the pipe's
     * buffer. This buffer is enlarged to 1 MiB if possible. So a slow subscriber needs no additional memory. Only one
     * subscription can read a channel at a time; a second concurrent subscription fails.
     *
     * <p>The {@code Flux} completes after the writer has closed the pipe. Only a read detects that the pipe is closed,
     * so the completion is signalled only if there is a pending request. A cancel closes the pipe and releases the
     * thread, even while the thread waits. The writer then detects that its reader has left.
     *
     * <p>The {@code Flux} fails with a {@link io.pipeflux.core.PipeException} if the configuration does not contain the
     * channel or specifies a different mode for it, if no pipe or no writer appears within
     * {@link PipeOptions#openTimeout}, if the path is not a FIFO, if the agent reports an error or was lost, or if
     * fewer bytes arrive than the agent has written.
     *
     * @param name 1 to 64 of the characters {@code A-Z a-z 0-9 . _ -}
     */
    public Flux<ByteBuffer> channel(String name) {
        ChannelCursor cursor =
                cursors.computeIfAbsent(PipeNames.checkChannel(name), channel -> new ChannelCursor(options, channel));
        return FluxPipeRead.of(name, cursor::begin, options);
    }

    private static final class Container {
        static final PipeChannels CHANNELS = create(PipeOptions.mlRoot(Path.of("/opt/ml")));
    }
}
