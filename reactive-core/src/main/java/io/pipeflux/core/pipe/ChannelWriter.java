package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.StopReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Writes the pipes that {@link PipeChannels} reads. Each write creates and fills one pipe, which is one epoch of a
 * channel.
 */
public final class ChannelWriter {

    /**
     * The minimum time between two progress reports to the reader. The first report that contains the total number of
     * bytes or objects is not delayed.
     */
    private static final long REPORT_NANOS = 1_000_000_000;

    private static final Pattern CONTENT = Pattern.compile("[ -~]{1,128}");

    private final Path directory;
    private final PipeAccess access;
    private final Set<Writing> open = ConcurrentHashMap.newKeySet();
    private final Map<String, Writing> owners = new ConcurrentHashMap<>(); // the writes in progress, keyed by pipe

    private ChannelWriter(Path directory, PipeAccess access) {
        this.directory = directory;
        this.access = access;
    }

    /**
     * Returns a writer for pipes in a directory. Only readers that run as the same user can open the pipes.
     *
     * @param directory an existing directory; {@code /opt/ml/input/data} in a training container
     */
    public static ChannelWriter into(Path directory) {
        return into(directory, PipeAccess.owner());
    }

    /**
     * Returns a writer for pipes in a directory. If {@code access} permits it, readers that run as a different user can
     * open the pipes, too.
     *
     * @param directory an existing directory that the readers can enter
     * @param access who may use the pipes and their reports
     */
    public static ChannelWriter into(Path directory, PipeAccess access) {
        return new ChannelWriter(directory, Objects.requireNonNull(access, "access"));
    }

    /**
     * Writes one epoch. The write creates the pipe {@code <channel>_<index>} and its report
     * {@code .<channel>_<index>.end}. Then it waits for a reader, writes the bytes of the objects in order, reports the
     * end, closes the pipe and removes it. The report of epoch n is removed when the pipe of epoch n + 2 is created.
     *
     * <p>Each subscription writes its own pipe, on a dedicated daemon thread, which makes the blocking calls. The
     * thread waits for a reader without a time limit, and subscribes to the objects after a reader has opened the pipe.
     * It requests objects one at a time, and prefetches at most two chunks of an object. The buffers are not changed,
     * as the {@linkplain io.pipeflux.core contract of bytes} requires.
     *
     * <p>A {@code ChannelWriter} can have only one write in progress for each pipe. If an earlier write of the same
     * channel and index was cancelled, a second write waits until the earlier one has removed the pipe. If the earlier
     * write was not cancelled and is still in progress, the second one fails with a {@link PipeException}.
     *
     * <p>If the reader closes the pipe early, the epoch ends, and {@link PipeWrite#complete} is false. Without JNA on
     * the class path, this case cannot be distinguished from other failures of a write, so the result fails instead. If
     * the {@code Flux} of objects fails, the result fails with the same error, which is also reported to the reader. A
     * cancel releases a waiting reader, reports to the reader that the writer was stopped, and removes the pipe. If the
     * process is killed, the reader fails, because the report does not state the end of the pipe. If the pipe or its
     * report cannot be written, for example because the disk is full, the result fails with a {@link PipeException},
     * and the reader fails, too.
     *
     * @param channel the channel's name: 1 to 64 of the characters {@code A-Z a-z 0-9 . _ -}
     * @param index the index of the pipe, counted from 0
     * @param form returns the bytes to write for an object, such as {@code ObjectBytes::bytes}
     */
    public Mono<PipeWrite> write(
            String channel,
            long index,
            Flux<ObjectBytes> objects,
            Function<ObjectBytes, ? extends Publisher<ByteBuffer>> form) {
        return write(channel, index, null, objects, form);
    }

    /**
     * Writes one epoch, as {@link #write(String, long, Flux, Function)} does, and stores a name for the epoch's content
     * in the report. With this name, a reader that resumes can verify that the channel still streams the same content.
     *
     * @param content a name that is the same for equal bytes, even after a restart, and differs for different bytes; 1
     *     to 128 printable ASCII characters, or null for no name
     */
    public Mono<PipeWrite> write(
            String channel,
            long index,
            @Nullable String content,
            Flux<ObjectBytes> objects,
            Function<ObjectBytes, ? extends Publisher<ByteBuffer>> form) {
        if (content != null && !CONTENT.matcher(content).matches()) {
            throw new IllegalArgumentException(
                    "content: expected 1 to 128 printable ASCII characters, but got " + KeyText.quoted(content));
        }
        PipeNames.checkChannel(channel);
        if (index < 0) {
            throw new IllegalArgumentException("expected index >= 0, but got " + index);
        }
        Objects.requireNonNull(objects, "objects");
        Objects.requireNonNull(form, "form");
        return Mono.deferContextual(context -> {
            AtomicLong count = new AtomicLong();
            Flux<ByteBuffer> bytes = Guarded.concatMap(objects, object -> {
                count.incrementAndGet();
                return form.apply(object);
            }); // the next object is requested only after the previous one was written
            WrittenPipe pipe = new WrittenPipe(directory, channel, index, content, count::get, access.files());
            PipelineMonitor monitor =
                    context.<PipelineMonitor>getOrEmpty(PipelineMonitor.class).orElse(null);
            return PipeWriter.write(new Writing(channel, index, pipe, monitor, StopReason.in(context)), bytes);
        });
    }

    /**
     * Completes when all writes in progress have ended, that is, when their readers have been released and their pipes
     * have been removed. A write that was cancelled ends shortly after the cancel.
     */
    public Mono<Void> idle() {
        return idle(writing -> true);
    }

    /**
     * Completes when all writes in progress to one pipe have ended, as {@link #idle()} does for all pipes. After a
     * cancel, wait for this signal before you let another writer write the same epoch. You need not wait before this
     * {@code ChannelWriter} writes the pipe again, because it waits by itself.
     *
     * @param channel the name of the channel
     * @param index the index of the pipe
     */
    public Mono<Void> idle(String channel, long index) {
        return idle(writing -> writing.index == index && writing.channel.equals(channel));
    }

    private Mono<Void> idle(Predicate<Writing> awaited) {
        return Mono.defer(() -> Mono.when(open.stream()
                .filter(awaited)
                .map(writing -> writing.gone.asMono())
                .toList()));
    }

    /**
     * Removes the leftover pipes and report files of a killed writer of this channel. Otherwise, a reader that finds a
     * leftover {@code train_7} but no {@code train_1} would continue with the leftover pipe.
     *
     * <p>A reader that has already read bytes from such a pipe fails, because its writer was lost. A reader that has
     * opened such a pipe, but has not received any bytes yet, waits for the next pipe. This method makes a few short
     * blocking file calls on the caller's thread.
     *
     * @throws PipeException if a pipe or a report could not be removed
     */
    public void removeLeftOvers(String channel) {
        PipeNames.checkChannel(channel);
        try {
            for (OptionalLong next = PipeNames.nextAfter(directory, channel, -1);
                    next.isPresent();
                    next = PipeNames.nextAfter(directory, channel, next.getAsLong())) {
                WrittenPipe.removeLeftOver(directory, channel, next.getAsLong());
            }
            // hidden files, which include the reports, are removed after the pipes, because readers of the pipes still
            // need the reports
            for (Path hidden : PipeNames.hidden(directory, channel)) {
                WrittenPipe.removeHidden(hidden);
            }
        } catch (IOException e) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.AGENT_DIRECTORY,
                    "could not remove the pipes of an earlier writer: " + Failed.reason(e),
                    channel,
                    null,
                    e);
        }
    }

    /** A write that {@link #idle} waits for. */
    private final class Writing implements PipeTarget {

        private final String channel;
        private final long index;
        private final WrittenPipe pipe;
        private final @Nullable PipelineMonitor monitor;
        private final @Nullable StopReason stopReason;
        private final Sinks.Empty<Void> gone = Sinks.empty();
        private volatile boolean cancelled;
        private boolean owner;
        private @Nullable EpochProgress reported;
        private long reportedAt;

        Writing(
                String channel,
                long index,
                WrittenPipe pipe,
                @Nullable PipelineMonitor monitor,
                @Nullable StopReason stopReason) {
            this.channel = channel;
            this.index = index;
            this.pipe = pipe;
            this.monitor = monitor;
            this.stopReason = stopReason;
        }

        @Override
        public void begin() {
            open.add(this);
        }

        @Override
        public String name() {
            return pipe.name();
        }

        @Override
        public Path prepare() throws IOException {
            for (Writing other = own(); other != null; other = own()) {
                if (!other.cancelled) {
                    throw new IOException("expected one write of the pipe at a time, but another one is in progress:"
                            + " wait until it has ended, or cancel it");
                }
                other.gone.asMono().block();
            }
            owner = true;
            return pipe.make();
        }

        /**
         * Registers this write for its pipe, and returns null. If another write is already registered for the pipe,
         * returns that write instead.
         */
        private @Nullable Writing own() {
            return owners.putIfAbsent(pipe.name(), this);
        }

        @Override
        public void cancelled() {
            cancelled = true;
        }

        @Override
        public void look() throws IOException {
            EpochProgress now = progress();
            if (now == null || now.equals(reported)) {
                return;
            }
            EpochProgress before = reported;
            boolean knowsMore = before == null
                    || before.allBytesKnown() != now.allBytesKnown()
                    || before.allObjectsKnown() != now.allObjectsKnown();
            if (knowsMore || System.nanoTime() - reportedAt >= REPORT_NANOS) {
                pipe.report(now);
                reported = now;
                reportedAt = System.nanoTime();
            }
        }

        /**
         * Returns how much of its source this write has read, or null if that is unknown. The result does not contain
         * the estimated remaining time, because this estimate changes constantly.
         */
        private @Nullable EpochProgress progress() {
            EpochProgress now = monitor == null ? null : monitor.epochProgress();
            boolean unknown = now == null || (now.knownObjects() == 0 && !now.allBytesKnown());
            return now == null || unknown ? null : now.withoutTimeLeft();
        }

        @Override
        public void ending(long bytes, @Nullable Throwable error) throws IOException {
            if (owner) {
                pipe.report(bytes, progress(), error == null ? null : KeyText.printable(reason(error)));
            }
        }

        /**
         * Returns the reason for an early end. If this write was cancelled because of a known failure, returns that
         * failure. Otherwise, returns the given error.
         */
        private String reason(Throwable error) {
            String cause = cancelled && stopReason != null ? stopReason.text() : null;
            return cause == null ? PipeReport.reason(error) : cause;
        }

        @Override
        public void closed() throws IOException {
            try {
                if (owner) {
                    pipe.remove();
                }
            } finally {
                owners.remove(pipe.name(), this);
                open.remove(this);
                gone.tryEmitEmpty();
            }
        }
    }
}
