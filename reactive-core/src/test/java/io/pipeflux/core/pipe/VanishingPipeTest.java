package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** A name is looked at, then used: what happens to the pipe in between. */
class VanishingPipeTest extends PipeDirectoryTest {

    private Flux<ByteBuffer> read(boolean ofChannel) {
        return ofChannel
                ? PipeChannels.create(PipeOptions.directory(directory)).channel("train")
                : NamedPipes.read(pipe);
    }

    private void write(String text) throws IOException {
        try (FileChannel out = FileChannel.open(pipe, StandardOpenOption.WRITE)) {
            out.write(UTF_8.encode(text));
        }
    }

    @Test
    void aPipeThatCannotBeLookedForIsAnErrorAtOnceAndNotAPipeThatIsLate() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        for (Path impossible : List.of(file.resolve("train_0"), directory.resolve("n".repeat(300)))) {
            assertThatThrownBy(() -> NamedPipes.read(impossible).blockLast())
                    .isInstanceOf(PipeException.class)
                    .hasRootCauseInstanceOf(FileSystemException.class);
        }
    }

    @Test
    void aPipeThatGoesBetweenBeingFoundAndBeingOpenedIsNotThereYet() throws Exception {
        AtomicInteger ends = new AtomicInteger();
        SinglePipe vanishing = new SinglePipe(pipe) {
            @Override
            public @Nullable Path find() throws IOException {
                Path found = super.find();
                if (found == null) {
                    NamedPipes.create(pipe);
                }
                return found;
            }

            @Override
            public PipeSide side(Path found) throws IOException {
                int times = ends.incrementAndGet();
                if (times == 1) { // before it is identified
                    Files.delete(pipe);
                }
                PipeSide side = super.side(found);
                if (times == 2) { // before it is opened
                    Files.delete(pipe);
                }
                return side;
            }
        };
        CompletableFuture<String> reading =
                text(FluxPipeRead.of("vanishing", () -> vanishing, PipeOptions.directory(directory)));
        await().until(() -> ends.get() == 3);
        write("late");
        assertThat(reading.get()).isEqualTo("late");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderThatWaitsInAPipeThatWasReplacedMovesToTheNewOne(boolean ofChannel) throws Exception {
        NamedPipes.create(pipe);
        CompletableFuture<String> reading = text(read(ofChannel));
        for (int i = 0; i < 3; i++) {
            await().until(() -> !OpenResources.descriptorsBelow(directory).isEmpty());
            Files.delete(pipe);
            NamedPipes.create(pipe);
        }
        write("new");
        assertThat(reading.get()).isEqualTo("new");
    }

    @Test
    void aReaderThatHasMovedOnToALostAgentsPipeIsGivenTheNextAgentsFirst() throws Exception {
        NamedPipes.create(directory.resolve("train_1"));
        CompletableFuture<String> reading = text(read(true));
        await().until(() -> !OpenResources.descriptorsBelow(directory).isEmpty());
        ChannelWriter agent = ChannelWriter.into(directory);
        agent.removeLeftOvers("train");
        ObjectBytes object = ObjectBytes.of("a", 0, 3, null, from -> Flux.just(UTF_8.encode("new")));
        agent.write("train", 0, Flux.just(object), ObjectBytes::bytes).block();
        assertThat(reading.get()).isEqualTo("new");
    }

    @Test
    void aWriterThatRemovesItsPipesNameWhenItsReaderHasComeIsReadToItsEnd() throws Exception {
        NamedPipes.create(pipe);
        CompletableFuture<String> reading = text(read(true));
        try (FileChannel out = FileChannel.open(pipe, StandardOpenOption.WRITE)) {
            Files.delete(pipe);
            await().during(Duration.ofMillis(300)).until(() -> !reading.isDone()); // the reader looks at the name
            out.write(UTF_8.encode("all"));
        }
        assertThat(reading.get()).isEqualTo("all");
    }

    @Test
    void agentsAndReadersThatAreStartedAgainTogetherMeet() throws Exception {
        for (int round = 0; round < 50; round++) {
            NamedPipes.create(pipe); // of an agent that was killed
            CompletableFuture<String> reading = text(read(true));
            ChannelWriter writer = ChannelWriter.into(directory);
            writer.removeLeftOvers("train");
            String text = "round " + round;
            PipeWrite written = write(writer, text);
            assertThat(written.complete()).isTrue();
            assertThat(reading.get()).isEqualTo(text);
        }
    }

    private static PipeWrite write(ChannelWriter writer, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        Flux<ObjectBytes> object =
                Flux.just(ObjectBytes.of("object", 0, bytes.length, null, from -> Flux.just(ByteBuffer.wrap(bytes))));
        return Objects.requireNonNull(
                writer.write("train", 0, object, ObjectBytes::bytes).block());
    }
}
