package io.pipeflux.core.pipe;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.Guarded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Fills a channel's pipes: the writing half of pipe mode, one epoch at a time. */
public final class ChannelWriter {

    private static final Pattern CONTENT = Pattern.compile("[ -~]{1,128}");

    private final Path directory;
    private final Set<Sinks.Empty<Void>> open = ConcurrentHashMap.newKeySet();

    private ChannelWriter(Path directory) {
        this.directory = directory;
    }

    /** Writes pipes in a directory, which must exist; in a training container {@code /opt/ml/input/data}. */
    public static ChannelWriter into(Path directory) {
        return new ChannelWriter(directory);
    }

    /**
     * Writes one epoch: makes the pipe {@code <channel>_<index>} and its report {@code .<channel>_<index>.end}, waits
     * for a reader, writes the objects' bytes in order, reports the end, closes the pipe and removes it. The report
     * stays until the pipe of the next epoch but one is made.
     *
     * <p>Each subscription writes a pipe of its own, on a daemon thread for its blocking calls. It waits for a reader
     * without limit, and subscribes to the objects when a reader has opened the pipe. Objects are requested one by one,
     * their chunks two ahead. Buffers are left as they are, see the {@linkplain io.pipeflux.core contract of bytes}.
     *
     * <p>A reader that closes the pipe early ends the epoch: the result is then not {@link PipeWrite#complete}. Without
     * JNA on the class path, such a reader cannot be distinguished from other failures, and is an error. An error of
     * the objects is reported to the reader, and signalled to the subscriber. A cancel releases a reader that waits,
     * reports to it that the writer was stopped, and removes the pipe. If the process is killed, the report has no end,
     * and the reader fails. Fails with a {@link PipeException} if the pipe or its report cannot be written, for example
     * on a full disk; the reader then fails, too.
     *
     * @param channel 1 to 64 of {@code A-Z a-z 0-9 . _ -}
     * @param index the pipe's index, counted from 0
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
     * Writes one epoch as the other method does, and names its content in the report, so that a reader that resumes can
     * verify that the channel still streams the same.
     *
     * @param content a name that is equal for equal bytes, after a restart too, and different for other bytes; 1 to 128
     *     printable ASCII characters, or null for no name
     */
    public Mono<PipeWrite> write(
            String channel,
            long index,
            @Nullable String content,
            Flux<ObjectBytes> objects,
            Function<ObjectBytes, ? extends Publisher<ByteBuffer>> form) {
        if (content != null && !CONTENT.matcher(content).matches()) {
            throw new IllegalArgumentException(
                    "content: expected 1 to 128 printable ASCII characters, but got \"" + content + "\"");
        }
        PipeNames.checkChannel(channel);
        if (index < 0) {
            throw new IllegalArgumentException("index >= 0 required but it was " + index);
        }
        Objects.requireNonNull(objects, "objects");
        Objects.requireNonNull(form, "form");
        return Mono.defer(() -> {
            AtomicLong count = new AtomicLong();
            Flux<ByteBuffer> bytes = Guarded.concatMap(objects, object -> {
                count.incrementAndGet();
                return form.apply(object);
            }); // an object is requested when the one before it is written
            WrittenPipe pipe = new WrittenPipe(directory, channel, index, content, count::get);
            return PipeWriter.write(new Writing(pipe), bytes);
        });
    }

    /**
     * Completes when this writer writes no pipe any more: readers are released, pipes are removed, and threads have
     * ended. A writing that was cancelled ends shortly after the cancel.
     */
    public Mono<Void> idle() {
        return Mono.defer(() -> Mono.when(open.stream().map(Sinks.Empty::asMono).toList()));
    }

    /**
     * Removes the pipes and reports that a writer of this channel left when it was killed. Otherwise a reader that does
     * not find {@code train_1} for a moment, but an old {@code train_7}, would move on to that. A reader that has read
     * from such a pipe fails, since its writer was lost. One that waits in it for a first byte waits for the next pipe.
     * Makes a few quick file calls on the caller's thread.
     *
     * @throws PipeException if one cannot be removed
     */
    public void removeLeftOvers(String channel) {
        PipeNames.checkChannel(channel);
        try {
            for (OptionalLong next = PipeNames.nextAfter(directory, channel, -1);
                    next.isPresent();
                    next = PipeNames.nextAfter(directory, channel, next.getAsLong())) {
                WrittenPipe.removeLeftOver(directory, channel, next.getAsLong());
            }
            for (Path hidden : PipeNames.hidden(directory, channel)) { // after the pipes, whose readers look for them
                WrittenPipe.removeHidden(hidden);
            }
        } catch (IOException e) {
            throw PipeException.of("cannot remove what an earlier writer left: " + e, channel, null, e);
        }
    }

    /** A writing that {@link #idle} waits for. */
    private final class Writing implements PipeTarget {

        private final WrittenPipe pipe;
        private final Sinks.Empty<Void> gone = Sinks.empty();

        Writing(WrittenPipe pipe) {
            this.pipe = pipe;
        }

        @Override
        public void begin() {
            open.add(gone);
        }

        @Override
        public String name() {
            return pipe.name();
        }

        @Override
        public Path prepare() throws IOException {
            return pipe.make();
        }

        @Override
        public void ending(long bytes, @Nullable Throwable error) throws IOException {
            String message = error == null ? null : error.getMessage() == null ? error.toString() : error.getMessage();
            pipe.report(bytes, message);
        }

        @Override
        public void closed() throws IOException {
            try {
                pipe.remove();
            } finally {
                open.remove(gone);
                gone.tryEmitEmpty();
            }
        }
    }
}
