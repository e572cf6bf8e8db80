package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.jna.Native;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.suite.AgentMain;
import io.pipeflux.core.suite.AgentMain.Pace;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** Writers and readers whose process lacks something: room for a file, or JNA. */
class WriterProcessTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int BYTES = 3_000_000; // more than a pipe holds

    @TempDir
    Path directory;

    private Path data;
    private Path file;

    @BeforeEach
    void create() throws IOException {
        data = Files.createDirectory(directory.resolve("data"));
        file = Files.write(directory.resolve("object"), new byte[BYTES]);
    }

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
    }

    /** From now on no file grows beyond this length, as on a full disk; pipes have none. */
    private static void limitFiles(ForkedJvm process, long bytes) throws Exception {
        Process prlimit = new ProcessBuilder("prlimit", "--pid", Long.toString(process.pid()), "--fsize=" + bytes + ":")
                .inheritIO()
                .start();
        assertThat(prlimit.waitFor()).isZero();
    }

    @Test
    void aReportThatCannotBeMadeFailsTheWritingBeforeThereIsAPipe() throws Exception {
        try (ForkedJvm agent = agent(Pace.FAST)) {
            limitFiles(agent, PipeReport.BYTES - 1);
            agent.writeLine("write");
            assertThat(agent.readAnswer()).isEqualTo("failed: PipeException");
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void aReportNeedsNoMoreRoomAtTheEnd() throws Exception {
        try (ForkedJvm agent = agent(Pace.FAST)) {
            limitFiles(agent, PipeReport.BYTES);
            agent.writeLine("write");
            assertThat(read().get()).isEqualTo(BYTES);
            assertThat(agent.readAnswer()).isEqualTo("PipeWrite[bytes=" + BYTES + ", complete=true]");
            try (ReportFile report = ReportFile.open(PipeNames.endFile(data, "train", 0))) {
                assertThat(report.read().end()).isEqualTo(new PipeReport.End(BYTES, 1, null));
            }
        }
    }

    @Test
    void aReportThatCannotBeUpdatedFailsTheWritingAndItsReader() throws Exception {
        try (ForkedJvm agent = agent(Pace.FAST)) {
            agent.writeLine("write");
            await().atMost(PATIENCE).until(() -> Files.exists(data.resolve("train_0")));
            limitFiles(agent, 0);
            assertLost(read());
            assertThat(agent.readAnswer()).isEqualTo("failed: PipeException");
            assertThat(files()).containsExactly(".train_0.end");
        }
    }

    @Test
    void aWriterWithoutJnaWritesAWholeEpoch() throws Exception {
        try (ForkedJvm agent = agentWithoutJna(Pace.FAST)) {
            agent.writeLine("write");
            assertThat(read().get()).isEqualTo(BYTES);
            assertThat(agent.readAnswer()).isEqualTo("PipeWrite[bytes=" + BYTES + ", complete=true]");
        }
    }

    @Test
    void aWriterWithoutJnaThatIsKilledIsLost() throws Exception {
        try (ForkedJvm agent = agentWithoutJna(Pace.NO_END)) {
            agent.writeLine("write");
            assertLost(read(agent));
        }
    }

    @Test
    void aReaderWithoutJnaReadsAWholeEpochAndNoticesAKilledWriter() throws Exception {
        try (ForkedJvm reader = withoutJna(EpochLengthsMain.class, data, BYTES)) {
            assertThat(reader.readAnswer()).isEqualTo("JNA: false");
            try (ForkedJvm agent = agentWithoutJna(Pace.FAST)) {
                agent.writeLine("write");
                assertThat(reader.readAnswer()).isEqualTo("all bytes");
                assertThat(reader.readAnswer()).isEqualTo("an end");
                assertThat(agent.readAnswer()).endsWith("complete=true]");
            }
        }
        try (ForkedJvm reader = withoutJna(EpochLengthsMain.class, data, BYTES);
                ForkedJvm agent = agentWithoutJna(Pace.NO_END)) {
            assertThat(reader.readAnswer()).isEqualTo("JNA: false");
            agent.writeLine("write");
            assertThat(reader.readAnswer()).isEqualTo("all bytes");
            agent.kill();
            assertThat(reader.readAnswer()).isEqualTo("PipeException");
        }
    }

    private ForkedJvm agent(Pace pace) throws IOException {
        return ready(ForkedJvm.run(AgentMain.class, data, file, 1, pace));
    }

    private ForkedJvm agentWithoutJna(Pace pace) throws IOException {
        return ready(withoutJna(AgentMain.class, data, file, 1, pace));
    }

    private static ForkedJvm ready(ForkedJvm agent) throws IOException {
        assertThat(agent.readAnswer()).isEqualTo("ready");
        return agent;
    }

    private static ForkedJvm withoutJna(Class<?> main, Object... arguments) {
        String jna = Path.of(Native.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toString();
        return ForkedJvm.runWith(entry -> !entry.equals(jna), main, arguments);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** Reads an epoch, whose length is the result. */
    private CompletableFuture<Long> read() {
        return channel().reduce(0L, (sum, chunk) -> sum + chunk.remaining()).toFuture();
    }

    /** Likewise; kills the writer when all its bytes are here. */
    private CompletableFuture<Long> read(ForkedJvm writer) {
        return channel()
                .reduce(0L, (sum, chunk) -> {
                    if (sum + chunk.remaining() == BYTES) {
                        writer.kill();
                    }
                    return sum + chunk.remaining();
                })
                .toFuture();
    }

    private Flux<ByteBuffer> channel() {
        return PipeChannels.create(PipeOptions.directory(data)).channel("train");
    }

    private static void assertLost(CompletableFuture<Long> reading) {
        assertThatThrownBy(reading::get)
                .cause()
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("the writer was lost after " + BYTES + " bytes");
    }
}
