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
     * <p>Begins at subscription. Waits for a reader without limit and subscribes to the objects when it has come;
     * objects are requested one by one, their chunks two ahead. Blocking calls run on a daemon thread of its own; a
     * subscription to the result is a writing of its own. Buffers are left as they are, see the
     * {@linkplain io.pipeflux.core contract of bytes}.
     *
     * <p>A reader that closes the pipe early ends the epoch: the result is then not {@link PipeWrite#complete}. Without
     * JNA on the class path that cannot be told from other failures, and is an error. An error of the objects is
     * reported to the reader, and signalled here. Cancelling releases a reader that waits, reports to it that the
     * writer was stopped, and removes the pipe. Where the process is killed, the report has no end: the reader then
     * fails. Fails with a {@link PipeException} if the pipe or its report cannot be written, such as on a full disk;
     * the reader then fails, too.
     *
     * @param channel 1 to 64 of {@code A-Z a-z 0-9 . _ -}
     * @param index the pipe's index, counted from 0
     * @param form an object's bytes as they are to be written, such as {@code ObjectBytes::bytes}
     */
    public Mono<PipeWrite> write(
            String channel,
            long index,
            Flux<ObjectBytes> objects,
            Function<ObjectBytes, ? extends Publisher<ByteBuffer>> form) {
        return write(channel, index, null, objects, form);
    }

    /**
     * Writes one epoch as the other method does, and names in its report what the channel streams: a reader that
     * resumes can then see whether the channel still streams the same.
     *
     * @param content the same after a restart and in every epoch of the same bytes, another if others would come; 1 to
     *     128 printable ASCII characters, or null not to name it
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
     * Completes when no writing of this writer is under way: its readers are released, its pipes removed, its threads
     * done with them. A writing that was cancelled ends shortly after.
     */
    public Mono<Void> idle() {
        return Mono.defer(() -> Mono.when(open.stream().map(Sinks.Empty::asMono).toList()));
    }

    /**
     * Removes what a writer of this channel left when it was killed: its pipes, since a reader that misses
     * {@code train_1} for a moment and sees an old {@code train_7} would move on to that, and all its reports. A reader
     * that has read of such a pipe fails, since its writer was lost; one that waits in it for a first byte goes on
     * waiting, for the pipe that is made next. Some quick file calls on the caller's thread.
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
