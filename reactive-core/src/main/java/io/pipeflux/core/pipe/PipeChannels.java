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
 * <p>Each instance holds the index of a channel's next pipe in memory. Alternatively, it is kept in a
 * {@linkplain PipeOptions#stateDirectory directory} that processes share. All streams of an instance share the index.
 * It is raised when a writer has opened the pipe. So if a subscription is cancelled before that, the next one reads the
 * same pipe. If {@code train_3} does not exist but a later pipe does, the reader logs a warning and continues with that
 * one.
 */
public final class PipeChannels {

    private final PipeOptions options;
    private final ConcurrentMap<String, ChannelCursor> cursors = new ConcurrentHashMap<>();

    private PipeChannels(PipeOptions options) {
        this.options = options;
    }

    /**
     * Returns the channels that the options describe. Each begins with pipe 0, or with the pipe in the
     * {@linkplain PipeOptions#stateDirectory state directory}.
     */
    public static PipeChannels create(PipeOptions options) {
        return new PipeChannels(options);
    }

    /**
     * Returns a channel of the training container in which this process runs, as {@link #channel} does. All calls in a
     * process share one instance, with {@code PipeOptions.mlRoot(Path.of("/opt/ml"))}.
     *
     * @param name 1 to 64 of the characters {@code A-Z a-z 0-9 . _ -}
     */
    public static Flux<ByteBuffer> fromChannel(String name) {
        return Container.CHANNELS.channel(name);
    }

    /**
     * Returns the epochs of a channel, one per subscription.
     *
     * <p>Nothing happens before the first request. Then the channel is looked up in the configuration, and its next
     * pipe is awaited and opened. All of this runs on a daemon thread of the subscription, which also emits the chunks.
     * Each requested chunk is one read of the pipe. Nothing is read ahead of demand except by the kernel, whose pipe
     * buffer holds 1 MiB if it may be enlarged. So a slow subscriber needs no additional memory. Only one subscription
     * may read a channel at a time. A second one fails.
     *
     * <p>It completes when the writer has closed the pipe. A read detects this, so completion needs a request, too. A
     * cancel closes the pipe and releases its thread, even while it waits. The writer then detects that its reader has
     * left.
     *
     * <p>It fails with a {@link io.pipeflux.core.PipeException} if the configuration does not have the channel or has
     * it in another mode, if no pipe or no writer appears within {@link PipeOptions#openTimeout}, if the path is not a
     * FIFO, if the agent reports an error or was lost, or if fewer bytes arrive than the agent has written.
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
