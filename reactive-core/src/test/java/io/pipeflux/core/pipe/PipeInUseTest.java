package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * A pipe has one reader: a second one never reads on where the first one stopped; and what is no agent's is left alone.
 */
class PipeInUseTest extends PipeDirectoryTest {

    private Flux<ByteBuffer> channel(Duration openTimeout) {
        return PipeChannels.create(PipeOptions.directory(directory).openTimeout(openTimeout))
                .channel("train");
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private WrittenPipe madePipe(long index) throws IOException {
        WrittenPipe written = new WrittenPipe(directory, "train", index, "content", () -> 1, FileAccess.OWNER);
        written.make();
        return written;
    }

    /** As by a reader that was killed. */
    private void use(Path pipe) throws IOException {
        PipeIdentity unused = PipeIdentity.of(pipe);
        try (FileChannel both = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            do {
                both.write(bytes("one"));
                both.read(ByteBuffer.allocate(3));
            } while (PipeIdentity.of(pipe).equals(unused));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FIFO_WITHOUT_JNA", mode = EnumSource.Mode.EXCLUDE)
    void aWriterThatWaitsForUpstreamNoticesThatItsReaderHasLeft(PipeWay way) throws Exception {
        way.make(pipe);
        AtomicBoolean cancelled = new AtomicBoolean();
        Flux<ByteBuffer> upstream = Flux.just(bytes("one")).concatWith(Flux.never());
        CompletableFuture<PipeWrite> writing =
                way.write(pipe, upstream.doOnCancel(() -> cancelled.set(true))).toFuture();
        await().until(() -> Files.exists(pipe));
        assertThat(way.read(pipe).blockFirst()).isEqualTo(bytes("one"));
        assertThat(writing.get()).isEqualTo(new PipeWrite(3, false));
        assertThat(cancelled).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = "FIFO_WITHOUT_JNA", mode = EnumSource.Mode.EXCLUDE)
    void aReaderThatIsThereAndHasNothingToReadHasNotLeft(PipeWay way) throws Exception {
        way.make(pipe);
        Flux<ByteBuffer> upstream = Flux.just(bytes("one"), bytes("two")).delayElements(Duration.ofMillis(350));
        CompletableFuture<PipeWrite> writing = way.write(pipe, upstream).toFuture();
        await().until(() -> Files.exists(pipe));
        assertThat(text(way.read(pipe)).get()).isEqualTo("onetwo");
        assertThat(writing.get()).isEqualTo(new PipeWrite(6, true));
    }

    @Test
    void aReaderThatComesWhileTheWriterWaitsForUpstreamReadsTheNextPipeFromItsBeginning() throws Exception {
        ChannelWriter writer = ChannelWriter.into(directory);
        Flux<ObjectBytes> objects = Flux.just(
                ObjectBytes.of("a", 0, 1, null, from -> Flux.just(bytes("a"))),
                ObjectBytes.of("b", 0, 1, null, from -> Flux.just(bytes("b"))));
        Disposable agent = Flux.range(0, 2)
                .concatMap(
                        n -> writer.write(
                                "train",
                                n,
                                "content",
                                n == 0 ? objects.take(1).concatWith(Flux.never()) : objects,
                                ObjectBytes::bytes),
                        0)
                .subscribe();
        assertThat(channel(Duration.ofMinutes(5)).blockFirst()).isEqualTo(bytes("a"));
        assertThat(text(channel(Duration.ofMinutes(5))).get()).isEqualTo("ab");
        agent.dispose();
        writer.idle().block();
    }

    @Test
    void aPipeThatHasBeenReadOfIsRefusedUntilTheNextIsMade() throws Exception {
        WrittenPipe used = madePipe(0);
        use(pipe);
        CompletableFuture<String> impatient = text(channel(Duration.ofMillis(300)));
        assertThatThrownBy(impatient::get)
                .cause()
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("train_0")
                .hasMessageContaining("remove the old report " + directory.resolve(".train_0.end"));
        CompletableFuture<String> patient = text(channel(Duration.ofMinutes(5)));
        WrittenPipe next = madePipe(1);
        used.report(3, null, "the reader closed the pipe before its end");
        used.remove();
        try (FileChannel out = FileChannel.open(directory.resolve("train_1"), StandardOpenOption.WRITE)) {
            out.write(bytes("whole"));
            next.report(5, null, null);
        }
        assertThat(patient.get()).isEqualTo("whole");
        next.remove();
    }

    @Test
    void theContentOfAPipeInUseIsKnown() throws Exception {
        WrittenPipe used = madePipe(0);
        use(pipe);
        try (FoundPipe found = FoundPipe.at(pipe, directory.resolve(".train_0.end"))) {
            assertThatThrownBy(found::failIfInUse).isInstanceOf(PipeInUseException.class);
            assertThat(found.content()).isEqualTo("content");
        }
        used.remove();
    }

    @ParameterizedTest
    @ValueSource(strings = {"train_0", ".train_0.old", ".train_0.new", ".train_0.end"})
    void whatAnAgentFindsUnderItsNamesIsNotFollowedIntoAnotherProgramsPipe(String name) throws Exception {
        Path foreign = Files.createDirectory(directory.resolve("foreign")).resolve("pipe");
        NamedPipes.create(foreign);
        Path link = Files.createSymbolicLink(directory.resolve(name), foreign);
        CompletableFuture<String> reading = text(NamedPipes.read(foreign));
        await().until(() -> !OpenResources.descriptorsBelow(directory).isEmpty());
        assertThatThrownBy(() -> ChannelWriter.into(directory).removeLeftOvers("train"))
                .isInstanceOf(PipeException.class)
                .hasMessageContaining(link + " is a symbolic link");
        try (FileChannel out = FileChannel.open(foreign, StandardOpenOption.WRITE)) {
            out.write(bytes("foreign"));
        }
        assertThat(reading.get()).isEqualTo("foreign");
        assertThat(link).isSymbolicLink();
    }

    @Test
    void aPipeUnderTheNameOfATemporaryFileIsNotWrittenInto() throws Exception {
        NamedPipes.create(directory.resolve(".train-pipe_mode-state.tmp"));
        SharedEpochState state = new SharedEpochState(directory, "train");
        assertThat(state.claim()).isZero();
        state.use(0);
        assertThat(state.claim()).isEqualTo(1);
        state.release();
    }

    private Mono<PipeWrite> write(ChannelWriter writer, Flux<ByteBuffer> bytes) {
        ObjectBytes object = ObjectBytes.of("a", 0, ObjectBytes.UNKNOWN_SIZE, null, from -> bytes);
        return writer.write("train", 0, Flux.just(object), ObjectBytes::bytes);
    }

    @Test
    void aSecondWriteOfAPipeIsRefusedAndTheFirstIsNotDisturbed() throws Exception {
        ChannelWriter writer = ChannelWriter.into(directory);
        CompletableFuture<PipeWrite> first =
                write(writer, Flux.just(bytes("first"))).toFuture();
        await().until(() -> Files.exists(pipe));

        assertThatThrownBy(() -> write(writer, Flux.just(bytes("second"))).block())
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("train_0")
                .hasMessageContaining("expected one write of the pipe at a time, but another one is in progress");
        assertThat(pipe).exists();
        assertThat(Files.readString(pipe)).isEqualTo("first");
        assertThat(first.join()).isEqualTo(new PipeWrite(5, true));
        assertThat(pipe).doesNotExist();
    }

    @Test
    void aWriteWaitsForACancelledOneOfTheSamePipe() throws Exception {
        ChannelWriter writer = ChannelWriter.into(directory);
        for (int i = 0; i < 50; i++) {
            String text = "write " + i;
            Disposable cancelled = write(writer, Flux.just(bytes("cancelled"))).subscribe();
            if (i % 2 == 0) {
                await().until(() -> Files.exists(pipe));
            }
            cancelled.dispose();
            CompletableFuture<PipeWrite> next =
                    write(writer, Flux.just(bytes(text))).toFuture();

            String read = Flux.defer(() -> channel(Duration.ofSeconds(60)))
                    .retryWhen(Retry.max(1000) // the pipe may be that of the cancelled write
                            .filter(error -> error.getMessage().contains("the writer was stopped")))
                    .map(chunk -> UTF_8.decode(chunk).toString())
                    .collect(Collectors.joining())
                    .block();
            assertThat(read).isEqualTo(text);
            assertThat(next.join()).isEqualTo(new PipeWrite(text.length(), true));
        }
    }
}
