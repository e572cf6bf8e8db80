package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;

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
