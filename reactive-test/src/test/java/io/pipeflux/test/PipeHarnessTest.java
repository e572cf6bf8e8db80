package io.pipeflux.test;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.pipe.PipeWrite;
import io.pipeflux.test.PipeHarness.Fault;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class PipeHarnessTest {

    private static final Flux<ByteBuffer> CHUNKS =
            Flux.just("one ", "two ", "three").map(text -> ByteBuffer.wrap(text.getBytes(UTF_8)));

    private static Mono<String> text(Flux<ByteBuffer> bytes) {
        return bytes.map(chunk -> UTF_8.decode(chunk).toString()).reduce("", String::concat);
    }

    @Test
    void aPipeIsFedAndNothingIsLeft() {
        Path directory;
        try (PipeHarness pipes = PipeHarness.create()) {
            directory = pipes.directory();
            pipes.feed("train_0", CHUNKS);
            pipes.feed("train_1", CHUNKS);
            PipeChannels channels = PipeChannels.create(PipeOptions.directory(directory));
            assertThat(text(channels.channel("train")).block()).isEqualTo("one two three");
            assertThat(text(channels.channel("train")).block()).isEqualTo("one two three");
            pipes.awaitNothingOpen();
        }
        assertThat(directory).doesNotExist();
    }

    @Test
    void faultsHappenOnDemand() {
        try (PipeHarness pipes = PipeHarness.create()) {
            Path late = pipes.feed("late", CHUNKS, Fault.late(Duration.ofMillis(50)), Fault.truncated(6));
            assertThat(late).doesNotExist();
            assertThat(text(NamedPipes.read(late)).block()).isEqualTo("one tw");
            Path early = pipes.feed("early", CHUNKS, Fault.closedEarly());
            assertThat(text(NamedPipes.read(early)).block()).isEmpty();
            Path slow = pipes.feed("slow", CHUNKS, Fault.slow(Duration.ofMillis(10)));
            long began = System.nanoTime();
            assertThat(text(NamedPipes.read(slow)).block()).isEqualTo("one two three");
            assertThat(System.nanoTime() - began) // how the pauses part the chunks is the machine's business
                    .isGreaterThanOrEqualTo(Duration.ofMillis(20).toNanos());
            Path silent = pipes.feed("silent", CHUNKS, Fault.silentAfter(5));
            StepVerifier.create(text(NamedPipes.read(silent)))
                    .expectSubscription()
                    .expectNoEvent(Duration.ofMillis(50))
                    .thenCancel()
                    .verify();
        }
    }

    @Test
    void aWriterUnderTestIsReadToItsEndOrLeftEarly() {
        try (PipeHarness pipes = PipeHarness.create()) {
            Mono<byte[]> all = pipes.drain("out", Long.MAX_VALUE);
            assertThat(NamedPipes.write(pipes.path("out"), CHUNKS).block()).isEqualTo(new PipeWrite(13, true));
            assertThat(all.block()).isEqualTo("one two three".getBytes(UTF_8));
            pipes.drain("left", 1);
            Flux<ByteBuffer> endless = Flux.range(0, Integer.MAX_VALUE).map(i -> ByteBuffer.allocate(1 << 16));
            assertThat(NamedPipes.write(pipes.path("left"), endless).block().complete())
                    .isFalse();
        }
    }

    @Test
    void whatIsOpenIsCountedAndRefusedAtTheEnd() {
        PipeHarness pipes = PipeHarness.create();
        Path pipe = pipes.feed("train_0", CHUNKS, Fault.silentAfter(1));
        Disposable reading = NamedPipes.read(pipe).subscribe();
        await().until(() -> pipes.openDescriptors().size() >= 2);
        assertThat(pipes.threads()).hasSize(2);
        reading.dispose();
        pipes.close();
        assertThat(pipes.openDescriptors()).isEmpty();
    }

    @Test
    void aPipeThatCannotBeFedIsReported() throws Exception {
        PipeHarness pipes = PipeHarness.create();
        Files.createDirectory(pipes.path("train_0"));
        assertThatThrownBy(() -> pipes.feed("train_0", CHUNKS)).hasMessageContaining("could not create the pipe");
        pipes.close();
    }
}
