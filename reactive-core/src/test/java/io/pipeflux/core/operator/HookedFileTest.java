package io.pipeflux.core.operator;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.internal.LettingGoCollector;
import io.pipeflux.core.suite.ByteFrames;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;

/** A hook that sees the chunks of a file may keep them, whichever operator it is for, and whenever it is set. */
class HookedFileTest {

    private final List<ByteBuffer> kept = Collections.synchronizedList(new ArrayList<>());

    @TempDir
    private Path directory;

    private byte[] content;

    @BeforeEach
    void aFile() throws Exception {
        content = ByteFrames.frames(
                IntStream.range(0, 50_000).mapToObj(i -> "row " + i).toArray(String[]::new));
        Files.write(directory.resolve("file"), content);
    }

    @AfterEach
    void noHooks() {
        Hooks.resetOnEachOperator();
    }

    private void keepChunks(String operator) {
        Hooks.onEachOperator(publisher -> publisher.getClass().getSimpleName().equals(operator)
                ? Flux.from(publisher).doOnNext(this::keep)
                : publisher);
    }

    private void keep(Object element) {
        if (element instanceof ByteBuffer chunk) {
            kept.add(chunk.duplicate());
        }
    }

    private static Flux<List<String>> batches(Flux<ObjectBytes> objects) {
        return objects.transform(ByteFrames.FORMAT.decodeObjects())
                .transform(mapAndBatch(
                        64,
                        2,
                        new LettingGoCollector<>(
                                rows -> rows.stream().map(ByteFrames::text).toList(), row -> {})));
    }

    private void assertThatKeptChunksAreTheFile() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuffer chunk : kept) {
            byte[] bytes = new byte[chunk.remaining()];
            chunk.duplicate().get(bytes);
            all.writeBytes(bytes);
        }
        assertThat(all.toByteArray()).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FluxGenerate", "FluxSubscribeOn", "FluxDoFirst", "FluxDoFinally", "FluxDeferContextual"})
    void aHookOfOneOperatorKeepsTheChunks(String operator) {
        keepChunks(operator);
        batches(DirectoryChannel.of(directory).objects()).blockLast();
        assertThatKeptChunksAreTheFile();
    }

    @Test
    void aHookThatIsSetBeforeTheSubscriptionKeepsTheChunks() {
        Flux<List<String>> batches = batches(DirectoryChannel.of(directory).objects());
        keepChunks("FluxGenerate");
        batches.blockLast();
        assertThatKeptChunksAreTheFile();
    }
}
