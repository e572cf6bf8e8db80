package io.pipeflux.core.pipe;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import reactor.core.publisher.Flux;

/**
 * The channels of a job in pipe mode, as streams of bytes: each subscription to a channel reads its next pipe, one
 * epoch.
 *
 * <pre>
 *   channel("train")    1st subscription: train_0      2nd: train_1      3rd: train_2 ...
 *   channel("eval")     1st subscription: eval_0       2nd: eval_1 ...
 * </pre>
 *
 * <p>The index is held in memory, one per channel and instance, or in a
 * {@linkplain PipeOptions#stateDirectory directory} that processes share; all streams of one instance share it. It is
 * raised when a writer had the pipe open: a subscription cancelled before that gives its pipe to the next. Where
 * {@code train_3} is gone and there is a later pipe, the reader continues with that one and logs it.
 */
public final class PipeChannels {

    private final PipeOptions options;
    private final ConcurrentMap<String, ChannelCursor> cursors = new ConcurrentHashMap<>();

    private PipeChannels(PipeOptions options) {
        this.options = options;
    }

    /** The channels that the options describe, from their pipes number 0 on. */
    public static PipeChannels create(PipeOptions options) {
        return new PipeChannels(options);
    }

    /**
     * A channel of the training container that this process runs in, as {@link #channel}: of one instance per process,
     * made of {@code PipeOptions.mlRoot(Path.of("/opt/ml"))}.
     */
    public static Flux<ByteBuffer> fromChannel(String name) {
        return Container.CHANNELS.channel(name);
    }

    /**
     * A channel's epochs, one per subscription.
     *
     * <p>Nothing happens before the first request; then the channel is looked up in the configuration, its next pipe is
     * awaited and opened, and each requested chunk is one read of it, on a daemon thread of its own. At most one chunk
     * is read ahead of demand (none before it), beside what the kernel's pipe holds, 1 MiB where it may be enlarged. A
     * slow subscriber costs nothing. One subscription at a time may read a channel; another fails.
     *
     * <p>Completes when the writer closes the pipe. Cancelling closes the pipe and releases its thread, wherever it
     * waits; the writer sees that its reader is gone.
     *
     * <p>Fails with a {@link io.pipeflux.core.PipeException} if the configuration lacks the channel or has it in
     * another mode, if no pipe or no writer comes within {@link PipeOptions#openTimeout}, if the path is no FIFO, if
     * the agent reports an error or has written more bytes than have arrived.
     *
     * @param name 1 to 64 of {@code A-Z a-z 0-9 . _ -}
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
