package io.pipeflux.core.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.pipe.PipeReport.End;
import io.pipeflux.core.suite.ErrorIds;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** Which end of a pipe is the end of its epoch: what the reader makes of every report that it may find. */
class ReportedEndTest {

    private static final String CONTENT = "7f3a5d10c2b49e68";

    @TempDir
    Path directory;

    private final List<WrittenPipe> made = new ArrayList<>();
    private final List<Disposable> agents = new ArrayList<>();
    private PipeChannels channels;
    private Path pipe;
    private Path report;

    @BeforeEach
    void names() {
        channels = PipeChannels.create(PipeOptions.directory(directory));
        pipe = directory.resolve("train_0");
        report = directory.resolve(".train_0.end");
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        for (WrittenPipe pipe : made) {
            pipe.remove();
        }
        agents.forEach(Disposable::dispose);
        OpenResources.awaitNoneLeft(directory);
    }

    /** Reads an epoch, whose text is the result. */
    private CompletableFuture<String> read() {
        return channels.channel("train")
                .map(chunk -> UTF_8.decode(chunk).toString())
                .reduce("", String::concat)
                .toFuture();
    }

    private static void assertFails(CompletableFuture<?> reading, String... parts) {
        assertThatThrownBy(reading::get)
                .cause()
                .isInstanceOf(PipeException.class)
                .satisfies(ErrorIds::assertHasId)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts).contains("train_0"));
    }

    private long timesOpen(Path file) {
        return OpenResources.descriptorsBelow(directory).stream()
                .filter(file.toString()::equals)
                .count();
    }

    /** A program's opening for writing, which waits for a reader. */
    private static FileChannel open(Path pipe) throws IOException {
        return FileChannel.open(pipe, StandardOpenOption.WRITE);
    }

    private static void write(Path pipe, String text) throws IOException {
        try (FileChannel out = open(pipe)) {
            out.write(UTF_8.encode(text));
        }
    }

    /** A pipe whose writer has made it and then does nothing more: killed, or still at work. */
    private WrittenPipe madePipe() throws IOException {
        return madePipe(0);
    }

    private WrittenPipe madePipe(long index) throws IOException {
        WrittenPipe written = new WrittenPipe(directory, "train", index, CONTENT, () -> 1, FileAccess.OWNER);
        written.make();
        made.add(written);
        return written;
    }

    private static Flux<ObjectBytes> object(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return Flux.just(ObjectBytes.of("object", 0, bytes.length, null, from -> Flux.just(ByteBuffer.wrap(bytes))));
    }

    private void startAgent(int epochs, String text) {
        ChannelWriter writer = ChannelWriter.into(directory);
        writer.removeLeftOvers("train");
        agents.add(Flux.range(0, epochs)
                .concatMap(n -> writer.write("train", n, CONTENT, object(text + n), ObjectBytes::bytes), 0)
                .subscribe());
    }

    private PipeReport reported() throws IOException {
        return PipeReport.decode(Files.readAllBytes(report));
    }

    // == the agent's own pipes ==

    @Test
    void theReportExistsBeforeThePipeCanBeOpenedAndHasTheLengthThatItKeeps() throws IOException {
        WrittenPipe written = madePipe();
        PipeReport begun = reported();
        assertThat(begun.pipe()).isEqualTo(PipeIdentity.of(pipe));
        assertThat(begun.end()).isNull();
        assertThat(begun.content()).isEqualTo(CONTENT);
        assertThat(report).hasSize(4096);
        long blocks = ((Number) Files.getAttribute(report, "unix:ino")).longValue();
        written.report(7, null, "\uD83D failed");
        assertThat(reported()).isEqualTo(begun.ended(new End(7, 1, "? failed")));
        assertThat(report).hasSize(4096);
        assertThat(Files.getAttribute(report, "unix:ino")).isEqualTo(blocks);
        assertThat(pipe).doesNotExist(); // nobody opens a pipe that has ended
        written.remove();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(report);
        }
    }

    @Test
    void aWriterThatIsLostIsAnErrorAfterItsBytes() throws Exception {
        madePipe();
        CompletableFuture<String> epoch = read();
        write(pipe, "1234567,");
        assertFails(epoch, "the writer was lost after 8 bytes", ".train_0.end");
    }

    @Test
    void aWriterThatIsLostBeforeItsFirstByteIsAnError() throws Exception {
        madePipe();
        CompletableFuture<String> epoch = read();
        open(pipe).close();
        assertFails(epoch, "the writer was lost after 0 bytes");
    }

    @Test
    void theEndIsCleanOnlyWithAllItsBytes() throws Exception {
        for (long reported : new long[] {3, 4, 5}) {
            WrittenPipe written = madePipe();
            CompletableFuture<String> epoch = PipeChannels.create(PipeOptions.directory(directory))
                    .channel("train")
                    .map(chunk -> UTF_8.decode(chunk).toString())
                    .reduce("", String::concat)
                    .toFuture();
            try (FileChannel out = open(pipe)) {
                out.write(UTF_8.encode("four"));
                written.report(reported, null, null);
            }
            if (reported == 4) {
                assertThat(epoch.get()).isEqualTo("four");
            } else {
                assertFails(epoch, "expected the " + reported + " bytes that the agent wrote, but got 4");
            }
            written.remove();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "{\"bytes\":4,\"objects\":1,\"ok\":true}", "removed", "another's"})
    void aReportThatIsSpoiltWhileThePipeIsReadIsNoEnd(String spoilt) throws Exception {
        madePipe();
        CompletableFuture<String> epoch = read();
        try (FileChannel out = open(pipe)) {
            out.write(UTF_8.encode("four"));
            if (spoilt.equals("removed")) {
                Files.delete(report);
            } else if (spoilt.equals("another's")) {
                PipeReport another = PipeReport.begun("another", PipeIdentity.of(report), null);
                Files.write(report, another.ended(new End(4, 1, null)).encode());
            } else {
                Files.writeString(report, spoilt);
            }
        }
        assertThatThrownBy(epoch::get).cause().isInstanceOf(PipeException.class);
    }

    @Test
    void aReportUnderTheNameThatIsNotTheOneThatWasHeldDoesNotCount() throws Exception {
        madePipe();
        CompletableFuture<String> epoch = read();
        try (FileChannel out = open(pipe)) {
            out.write(UTF_8.encode("four"));
            PipeReport ended = reported().ended(new End(4, 1, null));
            Path whole = Files.write(directory.resolve("whole"), ended.encode());
            Files.move(whole, report, StandardCopyOption.REPLACE_EXISTING); // a file of its own, by rename
        }
        assertFails(epoch, "the writer was lost after 4 bytes");
    }

    @Test
    void aReaderKnowsTheContentOfThePipeThatItHasOpen() throws Exception {
        madePipe();
        FoundPipe found = FoundPipe.at(pipe, report);
        found.opened(pipe);
        assertThat(found.content()).isEqualTo(CONTENT);
        found.close();
        Files.delete(pipe);
        NamedPipes.create(pipe);
        FoundPipe foreign = FoundPipe.at(pipe, report);
        foreign.opened(pipe);
        assertThat(foreign.content()).isNull();
        foreign.close();
    }

    @Test
    void reportsAreRemovedTwoEpochsLater() throws Exception {
        startAgent(4, "epoch ");
        for (int n = 0; n < 4; n++) {
            assertThat(read().get()).isEqualTo("epoch " + n);
        }
        await().until(() -> !Files.exists(directory.resolve("train_3")));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(".train_2.end", ".train_3.end");
        }
    }

    // == an agent that begins again ==

    @Test
    void aReaderOfAnEndedPipeEndsRightlyAfterTheAgentHasBegunAgain() throws Exception {
        startAgent(1, "old ");
        CountDownLatch first = new CountDownLatch(1);
        CompletableFuture<Void> end = new CompletableFuture<>();
        BaseSubscriber<ByteBuffer> reader = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(org.reactivestreams.Subscription s) {
                s.request(1);
            }

            @Override
            protected void hookOnNext(ByteBuffer chunk) {
                first.countDown();
            }

            @Override
            protected void hookOnComplete() {
                end.complete(null);
            }

            @Override
            protected void hookOnError(Throwable t) {
                end.completeExceptionally(t);
            }
        };
        channels.channel("train").subscribe(reader);
        first.await();
        await().until(() -> !Files.exists(pipe)); // the epoch is written, and its reader has not seen the end
        startAgent(1, "new ");
        await().until(() -> Files.exists(pipe));
        reader.request(1);
        end.get();
    }

    @Test
    void aReaderOfALostWritersPipeFailsAlsoWhenTheNextAgentHasReportedAnEnd() throws Exception {
        madePipe();
        CompletableFuture<String> epoch = read();
        try (FileChannel out = open(pipe)) {
            out.write(UTF_8.encode("new 0"));
            await().until(() -> timesOpen(pipe) >= 2);
            startAgent(1, "new ");
            await().until(() -> Files.exists(pipe));
            assertThat(text(pipe)).isEqualTo("new 0");
            await().until(() -> reported().end() != null);
        }
        assertFails(epoch, "the writer was lost after 5 bytes");
    }

    private static String text(Path pipe) {
        return Objects.requireNonNull(NamedPipes.read(pipe)
                .map(chunk -> UTF_8.decode(chunk).toString())
                .reduce("", String::concat)
                .block());
    }

    @Test
    void aReaderThatWaitsInALostWritersPipeIsGivenThePipeOfTheNextAgent() throws Exception {
        madePipe();
        CompletableFuture<String> epoch = read();
        await().until(() -> timesOpen(pipe) >= 1);
        startAgent(1, "new ");
        assertThat(epoch.get()).isEqualTo("new 0");
    }

    @Test
    void aReaderThatWaitsForALaterPipeThanTheNextAgentBeginsWithIsAnError() throws Exception {
        startAgent(1, "old ");
        assertThat(read().get()).isEqualTo("old 0");
        madePipe(1);
        CompletableFuture<String> second = read();
        await().until(() -> timesOpen(directory.resolve("train_1")) >= 1); // the reader waits in it
        startAgent(1, "new ");
        assertThatThrownBy(second::get)
                .cause()
                .isInstanceOf(PipeException.class)
                .hasMessageContaining("another one has started from the beginning")
                .hasMessageContaining("train_0");
    }

    @Test
    void aReaderBetweenTwoEpochsFailsWhenAnotherAgentBeginsAgain() throws Exception {
        startAgent(1, "old ");
        assertThat(read().get()).isEqualTo("old 0");
        CompletableFuture<String> second = read();
        startAgent(1, "new ");
        assertThatThrownBy(second::get).cause().isInstanceOf(PipeException.class);
    }

    @Test
    void aReaderThatLeftEarlyIsGivenTheNextPipeWhileTheOneThatItLeftStillExists() throws Exception {
        WrittenPipe first = madePipe();
        CompletableFuture<ByteBuffer> begun = channels.channel("train").next().toFuture();
        try (FileChannel out = open(pipe)) {
            out.write(UTF_8.encode("left"));
            begun.get();
            CompletableFuture<String> second = read();
            await().during(Duration.ofMillis(300)).until(() -> !second.isDone());
            first.report(4, null, "the reader closed the pipe before its end");
            first.remove();
            WrittenPipe next = madePipe(1);
            try (FileChannel whole = open(directory.resolve("train_1"))) {
                whole.write(UTF_8.encode("next"));
                next.report(4, null, null);
            }
            next.remove();
            assertThat(second.get()).isEqualTo("next");
        }
    }

    /** As on ext4: the pipe of a killed agent was seen, and the next agent's was given its inode before the opening. */
    @Test
    void aPipeThatHasTheInodeOfTheOneThatWasSeenIsTheOneThatIsRead() throws Exception {
        madePipe();
        PipeIdentity.Seen now = PipeIdentity.see(pipe);
        PipeIdentity identity = now.identity();
        PipeIdentity.Seen killed = new PipeIdentity.Seen(
                new PipeIdentity(identity.device(), identity.inode(), identity.mtimeNanos() - 1),
                now.bornNanos() == null ? null : now.bornNanos() - 1);
        try (FoundPipe found = FoundPipe.at(pipe, killed, report)) {
            found.opened(pipe);
            assertThat(found.content()).isEqualTo(CONTENT);
            assertThatThrownBy(() -> found.verifyEnd(4, "train_0")).isInstanceOf(PipeException.class);
        }
    }

    // == pipes of other programs ==

    static Stream<Arguments> leftReports() {
        return Stream.of(
                Arguments.of("ended", new End(99, 1, null)),
                Arguments.of("failed", new End(0, 1, "of another run")),
                Arguments.of("not ended", null));
    }

    @ParameterizedTest
    @MethodSource("leftReports")
    void aReportOfAnotherPipeSaysNothingOfThisOne(String name, @Nullable End end) throws Exception {
        madePipe();
        PipeReport left = reported();
        if (end != null) {
            Files.write(report, left.ended(end).encode());
        }
        Files.delete(pipe);
        NamedPipes.create(pipe); // on ext4 with the same inode
        CompletableFuture<String> epoch = read();
        write(pipe, name);
        assertThat(epoch.get()).isEqualTo(name);
        Files.delete(pipe);
    }

    @ParameterizedTest
    @MethodSource("leftReports")
    void aReportOfAnotherPipeWithTheSameInodeSaysNothingOfThisOne(String name, @Nullable End end) throws Exception {
        NamedPipes.create(pipe);
        PipeIdentity mine = PipeIdentity.of(pipe);
        PipeIdentity before = new PipeIdentity(mine.device(), mine.inode(), mine.mtimeNanos() - 1);
        PipeReport left = PipeReport.begun("left", before, CONTENT);
        Files.write(report, (end == null ? left : left.ended(end)).encode());
        CompletableFuture<String> epoch = read();
        write(pipe, name);
        assertThat(epoch.get()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "garbage", "[]", "{\"format\":2,\"bytes\":4,\"ok\":true}", "directory", "pipe"})
    void aReportThatCannotBeReadIsAnError(String content) throws Exception {
        NamedPipes.create(pipe);
        if (content.equals("directory")) {
            Files.createDirectory(report);
        } else if (content.equals("pipe")) {
            NamedPipes.create(report);
        } else {
            Files.writeString(report, content);
        }
        assertFails(read(), "could not read the report");
    }

    @Test
    void otherAgentsWriteNoReportAndTheEndOfTheirPipeIsTheEnd() throws Exception {
        NamedPipes.create(pipe);
        CompletableFuture<String> epoch = read();
        write(pipe, "all");
        assertThat(epoch.get()).isEqualTo("all");
    }

    // == versions ==

    @Test
    void theReaderOfTheEarlierVersionIsNotGivenALostWritersEndAsClean() throws Exception {
        WrittenPipe written = madePipe();
        CompletableFuture<EarlierReport> lost = readAsTheEarlierVersion();
        write(pipe, "four");
        assertThat(lost.get().error()).startsWith("not ended");
        written.remove();
        WrittenPipe next = madePipe();
        CompletableFuture<EarlierReport> ended = readAsTheEarlierVersion();
        try (FileChannel out = open(pipe)) {
            out.write(UTF_8.encode("four"));
            next.report(4, null, null);
        }
        assertThat(ended.get()).isEqualTo(new EarlierReport(4, 1, null));
        next.remove();
    }

    /** Reads the pipe to its end, then the report by its name. */
    private CompletableFuture<EarlierReport> readAsTheEarlierVersion() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                Files.readAllBytes(pipe);
                return Objects.requireNonNull(EarlierReport.read(report));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEarlierAgentsReportIsBelieved(boolean replacesAnOlder) throws Exception {
        for (EarlierReport end : List.of(
                new EarlierReport(4, 1, null),
                new EarlierReport(4, 1, "access denied"),
                new EarlierReport(9, 1, null))) {
            Files.deleteIfExists(report);
            if (replacesAnOlder) {
                new EarlierReport(7, 7, "of an older pipe").write(report);
            }
            NamedPipes.create(pipe);
            channels = PipeChannels.create(PipeOptions.directory(directory));
            CompletableFuture<String> epoch = read();
            try (FileChannel out = open(pipe)) {
                out.write(UTF_8.encode("four"));
                end.write(report);
            }
            if (end.error() != null) {
                assertFails(epoch, "the agent ended the pipe after 4 bytes: access denied");
            } else if (end.bytes() == 9) {
                assertFails(epoch, "expected the 9 bytes that the agent wrote, but got 4");
            } else {
                assertThat(epoch.get()).isEqualTo("four");
            }
            Files.delete(pipe);
        }
    }

    @Test
    void anEarlierAgentsOldReportSaysNothingOfALaterPipe() throws Exception {
        new EarlierReport(7, 7, "of an older pipe").write(report);
        NamedPipes.create(pipe);
        CompletableFuture<String> epoch = read();
        write(pipe, "four");
        assertThat(epoch.get()).isEqualTo("four");
    }

    // == the writer ==

    @Test
    void aReportThatCannotBeUpdatedFailsTheWriterAndItsReader() throws Exception {
        Flux<ObjectBytes> objects = object("four").doOnComplete(() -> {
            try (RandomAccessFile file = new RandomAccessFile(report.toFile(), "rw")) {
                assertThat(file.length()).isEqualTo(4096);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        CompletableFuture<String> epoch = read();
        WrittenPipe closed = new WrittenPipe(directory, "train", 0, null, () -> 1, FileAccess.OWNER);
        PipeTarget target = new PipeTarget() {
            @Override
            public Path prepare() throws IOException {
                return closed.make();
            }

            @Override
            public void ending(long bytes, @Nullable Throwable error) throws IOException {
                throw new IOException("no space left on device");
            }

            @Override
            public void closed() throws IOException {
                closed.remove();
            }
        };
        CompletableFuture<PipeWrite> writing =
                PipeWriter.write(target, objects.concatMap(ObjectBytes::bytes)).toFuture();
        assertFails(writing, "no space left on device");
        assertFails(epoch, "the writer was lost after 4 bytes");
    }
}
