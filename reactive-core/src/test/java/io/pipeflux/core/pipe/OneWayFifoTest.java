package io.pipeflux.core.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.pipeflux.core.suite.ForkedJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import tools.jackson.core.JsonParser;

/** FIFOs of which another process, which is not root's, may use one direction only. */
class OneWayFifoTest {

    private static final List<Class<?>> USED =
            List.of(Flux.class, Publisher.class, NullMarked.class, JsonParser.class, Native.class, PipeSide.class);

    private static final String ONLY_READ = "true false";
    private static final String ONLY_WRITE = "false true";

    @TempDir
    Path directory;

    private static ForkedJvm other;

    private Path fifo;

    @BeforeAll
    static void start() throws IOException {
        other = ForkedJvm.runUnprivileged(USED, OneWayMain.class);
    }

    @AfterAll
    static void kill() {
        other.close();
    }

    @BeforeEach
    void make() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        fifo = directory.resolve("train_0");
        NamedPipes.create(fifo);
    }

    /** Begins to do something with the FIFO, of which only this is permitted. */
    private void begin(PipeWay way, String what, String permitted) throws IOException {
        other.writeLine(way + " " + what + " " + fifo);
        assertThat(other.readLine()).isEqualTo(permitted);
    }

    /** What it has printed since then; lines of its log, about long waits on a busy machine, are no results. */
    private List<String> results() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = other.readLine(); line != null && !line.equals("done"); line = other.readLine()) {
            if (!line.startsWith("[")) {
                lines.add(line);
            }
        }
        return lines;
    }

    /** Both directions, opened while that is permitted: the writer, or the reader, of the other process. */
    private FileChannel only(String permissions) throws IOException {
        FileChannel both = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Files.setPosixFilePermissions(fifo, PosixFilePermissions.fromString(permissions));
        return both;
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void anEpochThatEndsBeforeTheReaderReadsIsReadWhole(PipeWay way) throws Exception {
        try (FileChannel writer = only("r--r--r--")) {
            writer.write(ByteBuffer.allocate(3)); // a writer is seen by its first byte
            begin(way, "read", ONLY_READ);
            assertThat(other.readLine()).isEqualTo("a writer");
        }
        Files.createFile(directory.resolve("go"));
        assertThat(results()).containsExactly("bytes 3");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void aLongEpochIsReadWhole(PipeWay way) throws Exception {
        try (FileChannel writer = only("r--r--r--")) {
            Files.createFile(directory.resolve("go"));
            writer.write(ByteBuffer.allocate(1));
            begin(way, "read", ONLY_READ);
            assertThat(other.readLine()).isEqualTo("a writer");
            for (int i = 0; i < 100; i++) {
                ByteBuffer chunk = ByteBuffer.allocate(100_000);
                while (chunk.hasRemaining()) {
                    writer.write(chunk);
                }
            }
        }
        assertThat(results()).containsExactly("bytes 10000001");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void aReaderThatFindsNoWriterEndsAtItsTimeout(PipeWay way) throws Exception {
        only("r--r--r--").close();
        begin(way, "readUntilTimeout", ONLY_READ);
        assertThat(results()).containsExactly("InterruptedIOException");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void cancelReleasesAReaderThatWaitsForAWriter(PipeWay way) throws Exception {
        only("r--r--r--").close();
        begin(way, "cancelRead", ONLY_READ);
        assertThat(results()).containsExactly("released");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void cancelReleasesAReaderThatWaitsForBytes(PipeWay way) throws Exception {
        try (FileChannel writer = only("r--r--r--")) {
            writer.write(ByteBuffer.allocate(1));
            begin(way, "cancelRead", ONLY_READ);
            assertThat(results()).containsExactly("released");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void whatIsWrittenIsReadWhole(PipeWay way) throws Exception {
        try (FileChannel reader = only("-w--w--w-")) {
            begin(way, "write", ONLY_WRITE);
            ByteBuffer all = ByteBuffer.allocate(1_000_000);
            while (all.hasRemaining()) {
                reader.read(all);
            }
            assertThat(results()).containsExactly("PipeWrite[bytes=1000000, complete=true]");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FIFO", "FIFO_OF_ONE_DIRECTION"})
    void aReaderThatLeavesEndsTheWritingWithoutAnError(PipeWay way) throws Exception {
        try (FileChannel reader = only("-w--w--w-")) {
            begin(way, "writeEndlessly", ONLY_WRITE);
            reader.read(ByteBuffer.allocate(1));
        }
        assertThat(results()).singleElement().asString().matches("PipeWrite\\[bytes=[0-9]+, complete=false]");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void cancelReleasesAWriterThatWaitsForAReader(PipeWay way) throws Exception {
        only("-w--w--w-").close();
        begin(way, "cancelWrite", ONLY_WRITE);
        assertThat(results()).containsExactly("released");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SOCKET")
    void cancelReleasesAWriterThatWaitsForRoom(PipeWay way) throws Exception {
        try (FileChannel reader = only("-w--w--w-")) {
            begin(way, "cancelWrite", ONLY_WRITE);
            assertThat(results()).containsExactly("released");
            assertThat(reader.isOpen()).isTrue();
        }
    }
}
