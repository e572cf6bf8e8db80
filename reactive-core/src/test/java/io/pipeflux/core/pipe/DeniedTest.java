package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.pipeflux.core.suite.ForkedJvm;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonParser;

/** A process that may not open a pipe, or what belongs to it: it fails immediately, and the error says why. */
class DeniedTest {

    static final List<Class<?>> USED =
            List.of(Flux.class, Publisher.class, NullMarked.class, JsonParser.class, Native.class, PipeSide.class);

    private static ForkedJvm other;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() throws IOException {
        other = ForkedJvm.runUnprivileged(USED, ReaderMain.class);
    }

    @AfterAll
    static void kill() {
        other.close();
    }

    @BeforeEach
    void open() throws IOException {
        Files.setAttribute(directory, "unix:mode", 0755);
    }

    /** The error of a reading that may not open this file. */
    private void assertDenied(String kind, Path path, Path denied) throws IOException {
        other.writeLine(kind + " " + path);
        String mode = String.format("%04o", (Integer) Files.getAttribute(denied, "unix:mode") & 07777);
        assertThat(other.readAnswer())
                .startsWith("PipeException: ")
                .contains(
                        denied + " has owner " + Files.getOwner(denied),
                        "(" + Files.getAttribute(denied, "unix:uid") + "), group ",
                        " and mode " + mode + ", but this process has uid ",
                        "--pipe-mode 0640",
                        "--pipe-group");
    }

    private Path fifo(int mode) throws IOException {
        Path fifo = directory.resolve("train_0");
        NamedPipes.create(fifo);
        Files.setAttribute(fifo, "unix:mode", mode);
        return fifo;
    }

    @ParameterizedTest
    @ValueSource(strings = {"fifo", "without-jna"})
    void aFifo(String kind) throws IOException {
        Path fifo = fifo(0);
        assertDenied(kind, fifo, fifo);
    }

    @Test
    void theFifoOfAChannel() throws IOException {
        assertDenied("channel", directory, fifo(0));
    }

    @Test
    void theReportOfAPipe() throws IOException {
        fifo(0644);
        Path report = Files.createFile(PipeNames.endFile(directory, "train", 0));
        Files.setAttribute(report, "unix:mode", 0);
        assertDenied("channel", directory, report);
    }

    @Test
    void theDirectoryOfAChannel() throws IOException {
        Path closed = Files.createDirectories(directory.resolve("input/data")).getParent();
        Files.setAttribute(closed, "unix:mode", 0);
        assertDenied("channel", closed.resolve("data"), closed);
    }

    @Test
    void theDirectoryOfAFifo() throws IOException {
        Path closed = Files.createDirectory(directory.resolve("closed"));
        Files.setAttribute(closed, "unix:mode", 0);
        assertDenied("fifo", closed.resolve("train_0"), closed);
    }

    @Test
    void theConfigurationOfAJob() throws IOException {
        Path config = Files.createDirectories(directory.resolve("input/config"));
        Path file = Files.writeString(config.resolve("inputdataconfig.json"), "{}");
        Files.setAttribute(file, "unix:mode", 0);
        assertDenied("root", directory, file);
    }

    @Test
    void aSocket() throws IOException {
        Path path = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            Files.setAttribute(path, "unix:mode", 0);
            assertDenied("socket", path, path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lock", "claim"})
    void aLockOfTheEpochState(String file) throws IOException {
        Path state = Files.createDirectory(directory.resolve("state"));
        Files.setAttribute(state, "unix:mode", 0777);
        Path lock = Files.createFile(state.resolve(".train-pipe_mode-" + file));
        Files.setAttribute(lock, "unix:mode", 0);
        fifo(0644);
        other.writeLine("state " + state);
        assertThat(other.readAnswer())
                .startsWith("PipeException: ")
                .contains(lock + " has owner ", " and mode 0000, but this process has uid ", "Run both as one user");
    }
}
