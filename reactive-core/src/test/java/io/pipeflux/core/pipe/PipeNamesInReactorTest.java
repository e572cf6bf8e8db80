package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.test.StepVerifier;

/** How pipes show in what Reactor has for diagnosis. */
class PipeNamesInReactorTest {

    @TempDir
    Path directory;

    @AfterEach
    void resetHooks() {
        Hooks.resetOnOperatorDebug();
        Hooks.resetOnEachOperator();
    }

    private Flux<ByteBuffer> train() {
        return PipeChannels.create(PipeOptions.directory(directory)).channel("train");
    }

    @Test
    void aSourceIsScannedByItsName() {
        assertThat(Scannable.from(train()).name()).isEqualTo("train");
        assertThat(Scannable.from(train().map(ByteBuffer::remaining)).steps())
                .containsExactly("readPipe(train)", "map");
        Path pipe = directory.resolve("pipe");
        assertThat(Scannable.from(NamedPipes.read(pipe)).name()).isEqualTo(pipe.toString());
        assertThat(Scannable.from(UnixPipes.read(pipe)).stepName()).isEqualTo("readPipe(" + pipe + ")");
        assertThat(Scannable.from(train()).scan(Scannable.Attr.RUN_STYLE)).isEqualTo(Scannable.Attr.RunStyle.ASYNC);
    }

    @Test
    void aCheckpointAndTheDebugHookNameTheSource() throws Exception {
        Files.createDirectory(directory.resolve("train_0"));
        train().checkpoint("epochs of train")
                .as(StepVerifier::create)
                .verifyErrorSatisfies(e -> assertThat(trace(e)).contains("epochs of train"));
        Hooks.onOperatorDebug();
        train().map(ByteBuffer::remaining)
                .as(StepVerifier::create)
                .verifyErrorSatisfies(
                        e -> assertThat(trace(e)).contains("FluxPipeRead").contains("PipeNamesInReactorTest"));
    }

    private static String trace(Throwable e) {
        return java.util.Arrays.toString(e.getSuppressed());
    }

    @Test
    void hooksSeeTheSource() {
        StringBuilder seen = new StringBuilder();
        Hooks.onEachOperator(publisher -> {
            seen.append(Scannable.from(publisher).stepName()).append(' ');
            return publisher;
        });
        assertThat(train()).isNotNull();
        assertThat(seen).contains("readPipe(train)");
    }
}
