package io.pipeflux.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.metrics.PipelineMetrics;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;

/** Keys, paths and names that forge log lines or drive terminals are shown, not obeyed, wherever a message has them. */
class HostileNamesTest {

    /** A line feed, "erase the display", next line, "right to left" and half a pair. */
    private static final String NAME = "a\nb\u001b[2J\u0085c\u202ed\ud800e";

    private static final String SHOWN = "a\\u000ab\\u001b[2J\\u0085c\\u202ed\\ud800e";

    /** What the names of files may have under any locale. */
    private static final String FILE = "a\nb\u001b[2J\u007f";

    @TempDir
    Path directory;

    private static void assertHarmless(String text) {
        assertThat(text).matches("[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]*");
    }

    static List<PipefluxException> exceptions() {
        return List.of(
                PipeException.of("what " + NAME, NAME, Position.START, null),
                ObjectReadException.of("what " + NAME, NAME, Position.START, null),
                CorruptRecordException.of("what " + NAME, NAME, Position.START, null),
                TruncatedInputException.of("what " + NAME, NAME, Position.START, null),
                SchemaMismatchException.of("what " + NAME, NAME, Position.START, null),
                ResumeMismatchException.of("what " + NAME, NAME, Position.START, null),
                CheckpointException.of("what " + NAME, NAME, null));
    }

    @ParameterizedTest
    @MethodSource("exceptions")
    void theMessageOfAnException(PipefluxException e) {
        assertHarmless(e.getMessage());
        assertThat(e).hasMessageContaining("what " + SHOWN).hasMessageContaining("(" + SHOWN);
        assertThat(e.source()).isEqualTo(NAME);
    }

    @Test
    void anObjectAndItsRecords() {
        ObjectBytes object = ObjectBytes.of(NAME, 0, 3, null, from -> Flux.empty());
        assertHarmless(object.toString());
        assertThat(object.key()).isEqualTo(NAME);
        assertHarmless(RecordOrigin.of(() -> NAME, 0, 0)
                .record(new byte[1], 0, 1, 0, 1, 0)
                .toString());
    }

    @Test
    void aMonitorAndWhereItWaits() {
        PipelineMonitor monitor = PipelineMonitor.create(NAME);
        try (PipelineReporter.WaitPoint point = PipelineReporter.of(monitor).waitPoint(() -> NAME)) {
            point.waitFor(Cause.BYTES);
            assertThat(monitor.waits()).singleElement().satisfies(wait -> {
                assertThat(wait.toString()).startsWith(SHOWN + ": waiting ");
                assertThat(wait.where()).isEqualTo(NAME);
            });
            assertHarmless(monitor.toString());
        }
    }

    @Test
    void theTagsOfMetrics() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        PipelineMetrics.of(PipelineMonitor.create(NAME)).bindTo(registry);
        assertThat(registry.getMeters())
                .isNotEmpty()
                .allSatisfy(
                        meter -> assertThat(meter.getId().getTag("pipeline")).isEqualTo(SHOWN));
    }

    @Test
    void theReportOfAPipeAndTheErrorOfItsReader() throws Exception {
        CompletableFuture<?> written = ChannelWriter.into(directory)
                .write("train", 0, Flux.error(new IllegalStateException(NAME)), ObjectBytes::bytes)
                .toFuture();
        PipefluxException read = catchThrowableOfType(
                PipefluxException.class,
                () -> PipeChannels.create(PipeOptions.directory(directory))
                        .channel("train")
                        .blockLast());
        assertHarmless(read.getMessage());
        assertThat(read).hasMessageContaining(SHOWN);
        assertThat(written.handle((result, e) -> e).join())
                .as("the caller's own error")
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(NAME);
        String report = new String(Files.readAllBytes(directory.resolve(".train_0.end")), StandardCharsets.UTF_8);
        assertHarmless(report.strip());
        assertThat(report).contains(SHOWN.replace("\\", "\\\\"));
    }

    @Test
    void thePathOfAPipe() throws Exception {
        Path file = Files.createFile(directory.resolve(FILE));
        assertThatThrownBy(() -> NamedPipes.read(file).blockLast())
                .isInstanceOf(PipeException.class)
                .satisfies(e -> assertHarmless(e.getMessage()));
        assertThatThrownBy(() -> NamedPipes.create(file))
                .isInstanceOf(PipeException.class)
                .satisfies(e -> assertHarmless(e.getMessage()));
    }

    @Test
    void aFileThatCannotBeRead() throws Exception {
        Path missing = directory.resolve(FILE);
        Files.createDirectory(missing);
        Files.createFile(missing.resolve("part"));
        ObjectBytes object = DirectoryChannel.of(missing).objects().blockFirst();
        Files.delete(missing.resolve("part"));
        assertThatThrownBy(() -> object.bytes().blockLast())
                .isInstanceOf(PipefluxException.class)
                .satisfies(e -> assertHarmless(e.getMessage()));
    }

    @Test
    void aChannelsName() {
        assertThatThrownBy(() ->
                        PipeChannels.create(PipeOptions.directory(directory)).channel(NAME))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertHarmless(e.getMessage()));
    }

    @Test
    void theNamesOfThreads() throws Exception {
        Path fifo = directory.resolve(FILE);
        NamedPipes.create(fifo);
        CompletableFuture<String> name = NamedPipes.read(fifo)
                .next()
                .map(chunk -> Thread.currentThread().getName())
                .toFuture();
        NamedPipes.write(fifo, Flux.just(ByteBuffer.allocate(1))).block();
        assertHarmless(name.get());
        assertThat(name.get()).contains("\\u001b[2J");
    }
}
