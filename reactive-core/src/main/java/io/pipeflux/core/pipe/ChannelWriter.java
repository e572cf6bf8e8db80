package io.pipeflux.core.pipe;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Fills a channel's pipes: the writing half of pipe mode, one epoch at a time. */
public final class ChannelWriter {

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
     * Writes one epoch: makes the pipe {@code <channel>_<index>}, waits for a reader, writes the objects' bytes in order,
     * reports the end in {@code .<channel>_<index>.end}, closes the pipe and removes it.
     *
     * <p>Begins at subscription. Waits for a reader without limit and subscribes to the objects when it has come; objects
     * are requested one by one, their chunks two ahead. Blocking calls run on a daemon thread of its own; a subscription
     * to the result is a writing of its own. Buffers are left as they are, see the
     * {@linkplain io.pipeflux.core contract of bytes}.
     *
     * <p>A reader that closes the pipe early ends the epoch: the result is then not {@link PipeWrite#complete}. An error
     * of the objects is told the reader in the report, and signalled here. Cancelling releases a reader that waits,
     * reports to it that the writer was stopped, and removes the pipe.
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
        PipeNames.checkChannel(channel);
        if (index < 0) {
            throw new IllegalArgumentException("index >= 0 required but it was " + index);
        }
        return Mono.defer(() -> {
            AtomicLong count = new AtomicLong();
            Flux<ByteBuffer> bytes = objects.concatMap(
                    object -> {
                        count.incrementAndGet();
                        return form.apply(object);
                    },
                    0); // 0: an object is requested when the one before it is written
            Epoch epoch = new Epoch(channel, index, count);
            open.add(epoch.gone);
            return PipeWriter.write(epoch, bytes);
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
     * Removes the pipes that a writer of this channel left when it was killed: a reader that misses {@code train_1} for a
     * moment and sees an old {@code train_7} would move on to that. A reader that waits in one is released, and told. Some
     * quick file calls on the caller's thread.
     *
     * @throws PipeException if one cannot be removed
     */
    public void removeLeftOvers(String channel) {
        PipeNames.checkChannel(channel);
        try {
            for (OptionalLong next = PipeNames.nextAfter(directory, channel, -1);
                    next.isPresent();
                    next = PipeNames.nextAfter(directory, channel, next.getAsLong())) {
                new Epoch(channel, next.getAsLong(), new AtomicLong()).removeLeftOver();
            }
        } catch (IOException e) {
            throw PipeException.of("cannot remove what an earlier writer left: " + e, channel, null, e);
        }
    }

    private final class Epoch implements PipeTarget {

        private final Path pipe;
        private final Path endFile;
        private final AtomicLong objects;
        private final Sinks.Empty<Void> gone = Sinks.empty();
        private boolean made;

        Epoch(String channel, long index, AtomicLong objects) {
            this.pipe = PipeNames.pipe(directory, channel, index);
            this.endFile = PipeNames.endFile(directory, channel, index);
            this.objects = objects;
        }

        @Override
        public Path prepare() throws IOException {
            removeLeftOver();
            Fifos.ofThisMachine().create(pipe);
            made = true;
            return pipe;
        }

        /**
         * A reader may wait in it: releasing it shows it the end of the pipe, and the report says why. A report that an
         * earlier run left stays until this one writes its own: should this one be killed, the bytes will not match it.
         */
        void removeLeftOver() throws IOException {
            if (Files.exists(pipe)) {
                PathKind.FIFO.require(pipe);
                new EndFile(0, 0, "its writer was killed, and another has begun").write(endFile);
                remove();
            }
        }

        @Override
        public void ending(long bytes, @Nullable Throwable error) throws IOException {
            String message = error == null ? null : error.getMessage() == null ? error.toString() : error.getMessage();
            if (made) {
                new EndFile(bytes, objects.get(), message).write(endFile);
            }
        }

        @Override
        public void closed() throws IOException {
            try {
                if (made && Files.exists(pipe)) {
                    remove();
                }
            } finally {
                open.remove(gone);
                gone.tryEmitEmpty();
            }
        }

        private void remove() throws IOException {
            Path nameless = endFile.resolveSibling(endFile.getFileName() + ".pipe"); // nobody opens it any more ...
            Files.move(pipe, nameless, StandardCopyOption.REPLACE_EXISTING);
            PipeEnd.touch(nameless); // ... and who waits in it for a writer goes on, to its end
            Files.delete(nameless);
        }
    }
}
