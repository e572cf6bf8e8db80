package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/** A source that throws, wherever it does: the writer signals, its reader fails, and nothing is left. */
class PipeWriterThrowablesTest {

    @TempDir
    Path directory;

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
    }

    enum Where {
        SUBSCRIBE,
        REQUEST,
        REQUEST_ON_ANOTHER_THREAD,
        ON_ERROR,
        CANCEL
    }

    static Stream<Arguments> throwables() {
        List<Supplier<Throwable>> kinds = List.of(
                () -> new IllegalStateException("thrown"),
                () -> new AssertionError("thrown"),
                () -> new OutOfMemoryError("thrown"));
        return Stream.of(Where.values()).flatMap(where -> kinds.stream().map(kind -> Arguments.of(where, kind.get())));
    }

    @ParameterizedTest
    @MethodSource("throwables")
    void whateverASourceThrowsTheWriterSignalsAndItsReaderFails(Where where, Throwable thrown) {
        Publisher<ByteBuffer> source = subscriber -> subscribe(subscriber, where, thrown);
        WrittenPipe pipe = new WrittenPipe(directory, "train", 0, null, () -> 0, FileAccess.OWNER);
        CompletableFuture<PipeWrite> writing =
                PipeWriter.write(target(pipe), source).toFuture();
        CompletableFuture<ByteBuffer> reading = PipeChannels.create(PipeOptions.directory(directory))
                .channel("train")
                .last(ByteBuffer.allocate(0))
                .toFuture();
        assertThatThrownBy(writing::get).isNotNull();
        assertThatThrownBy(reading::get).isNotNull();
        assertThat(directory.resolve("train_0")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anErrorOfTheBytesKeepsItsTypeAndItsReaderLearnsTheReason(boolean outOfMemory) {
        Error thrown = outOfMemory ? new OutOfMemoryError("Java heap space") : new AssertionError("no such label");
        Publisher<ByteBuffer> failing = subscriber -> subscribe(subscriber, Where.ON_ERROR, thrown);
        CompletableFuture<PipeWrite> writing = ChannelWriter.into(directory)
                .write(
                        "train",
                        0,
                        Flux.just(ObjectBytes.of("a", 0, ObjectBytes.UNKNOWN_SIZE, null, at -> Flux.from(failing))),
                        ObjectBytes::bytes)
                .toFuture();
        CompletableFuture<ByteBuffer> reading = PipeChannels.create(PipeOptions.directory(directory))
                .channel("train")
                .last(ByteBuffer.allocate(0))
                .toFuture();
        assertThatThrownBy(writing::get).hasCause(thrown);
        assertThatThrownBy(reading::get)
                .hasCauseInstanceOf(PipeException.class)
                .hasMessageContaining(thrown.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anErrorOfTheBytesAfterTheReaderHasLeftIsDropped(boolean afterTheEnd) throws Exception {
        Path fifo = directory.resolve("fifo");
        NamedPipes.create(fifo);
        CompletableFuture<Throwable> dropped = new CompletableFuture<>();
        IllegalStateException late = new IllegalStateException("the file could not be closed");
        CompletableFuture<Subscriber<? super ByteBuffer>> subscribed = new CompletableFuture<>();
        CompletableFuture<PipeWrite> writing = NamedPipes.write(fifo, subscriber -> {
                    subscribed.complete(subscriber);
                    subscriber.onSubscribe(new Subscription() {
                        @Override
                        public void request(long n) {
                            subscriber.onNext(ByteBuffer.wrap(new byte[1]));
                        }

                        @Override
                        public void cancel() {
                            if (!afterTheEnd) {
                                subscriber.onError(late);
                            }
                        }
                    });
                })
                .contextWrite(Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) dropped::complete))
                .toFuture();
        try (InputStream reader = Files.newInputStream(fifo)) {
            assertThat(reader.read()).isZero();
        }
        assertThat(writing.get().complete()).isFalse();
        if (afterTheEnd) {
            subscribed.get().onError(late);
        }
        assertThat(dropped.get()).isSameAs(late);
    }

    @Test
    void aReportOfTheProgressThatFailsDoesNotEndTheEpoch() throws Exception {
        WrittenPipe pipe = new WrittenPipe(directory, "train", 0, null, () -> 0, FileAccess.OWNER);
        AtomicInteger looks = new AtomicInteger();
        IOException fullDisk = new IOException("No space left on device");
        CompletableFuture<PipeWrite> writing = PipeWriter.write(
                        target(pipe, () -> {
                            looks.incrementAndGet();
                            throw fullDisk;
                        }),
                        Flux.range(1, 3).map(i -> ByteBuffer.wrap(new byte[] {i.byteValue()})))
                .toFuture();
        assertThat(PipeChannels.create(PipeOptions.directory(directory))
                        .channel("train")
                        .map(chunk -> chunk.remaining())
                        .reduce(0, Integer::sum)
                        .block())
                .isEqualTo(3);
        assertThat(writing.get().complete()).isTrue();
        assertThat(looks).hasValue(1);
    }

    private static PipeTarget target(WrittenPipe pipe) {
        return target(pipe, () -> {});
    }

    /** What a target does when it looks. */
    private interface Look {
        void run() throws IOException;
    }

    private static PipeTarget target(WrittenPipe pipe, Look look) {
        return new PipeTarget() {
            @Override
            public void look() throws IOException {
                look.run();
            }

            @Override
            public Path prepare() throws IOException {
                return pipe.make();
            }

            @Override
            public void ending(long bytes, @Nullable Throwable error) throws IOException {
                pipe.report(bytes, null, error == null ? null : error.toString());
            }

            @Override
            public void closed() throws IOException {
                pipe.remove();
            }
        };
    }

    private static void subscribe(Subscriber<? super ByteBuffer> subscriber, Where where, Throwable thrown) {
        if (where == Where.SUBSCRIBE) {
            throw unchecked(thrown);
        }
        Subscription subscription = new Subscription() {
            @Override
            public void request(long n) {
                if (where == Where.REQUEST || where == Where.REQUEST_ON_ANOTHER_THREAD) {
                    throw unchecked(thrown);
                }
                subscriber.onError(where == Where.ON_ERROR ? thrown : new IllegalStateException("the source failed"));
            }

            @Override
            public void cancel() {
                if (where == Where.CANCEL) {
                    throw unchecked(thrown);
                }
            }
        };
        if (where == Where.REQUEST_ON_ANOTHER_THREAD) {
            Thread other = new Thread(() -> subscriber.onSubscribe(subscription));
            other.setUncaughtExceptionHandler((thread, t) -> {}); // there is no caller to throw it at
            other.start();
        } else {
            subscriber.onSubscribe(subscription);
        }
    }

    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error e) {
            throw e;
        }
        return (RuntimeException) thrown;
    }
}
