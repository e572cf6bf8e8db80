package io.pipeflux.core.channel;

import static io.pipeflux.core.suite.Gzips.gzip;
import static io.pipeflux.core.suite.Resuming.after;
import static io.pipeflux.core.suite.Resuming.assertRefused;
import static io.pipeflux.core.suite.Resuming.rest;
import static io.pipeflux.core.suite.Resuming.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ByteFrames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;

/** Resuming in directories whose files were changed between two runs. */
class DirectoryResumeTest {

    private static final Instant WRITTEN = Instant.parse("2026-01-02T03:04:05.006007Z");

    @TempDir
    Path directory;

    private Compression compression = Compression.NONE;

    @BeforeEach
    void files() throws IOException {
        write("b", 0, 4);
        write("c", 4, 4);
        write("d", 8, 4);
        write("e", 12, 4);
    }

    private void write(String name, int first, int count) throws IOException {
        byte[] bytes = ByteFrames.frames(IntStream.range(first, first + count)
                .mapToObj(i -> String.format("%03d", i))
                .toArray(String[]::new));
        Path file = directory.resolve(name);
        Files.write(file, compression == Compression.GZIP ? gzip(bytes) : bytes);
        Files.setLastModifiedTime(file, FileTime.from(WRITTEN));
    }

    private Flux<RawRecord> records(DirectoryChannel channel) {
        FrameFormat<RawRecord> format = ByteFrames.FORMAT.compression(compression);
        return channel.objects().transform(format.decodeObjects());
    }

    private Flux<RawRecord> records() {
        return records(DirectoryChannel.of(directory));
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"NONE", "GZIP"})
    void resumesUntilAFileIsAddedInFrontAndAlsoIfOneIsAddedAtTheEnd(Compression with) throws IOException {
        compression = with;
        files();
        for (int n = 0; n < 16; n++) {
            ResumePoint point = after(records(), n);
            List<String> all = texts(records());
            assertThat(rest(records(), point)).isEqualTo(all.subList(n + 1, 16));

            write("f", 16, 2);
            assertThat(rest(records(), point)).hasSize(15 - n + 2).endsWith("016", "017");
            Files.delete(directory.resolve("f"));

            write("a", 100, 4);
            assertRefused(records(), point, "file://" + directory);
            Files.delete(directory.resolve("a"));
        }
    }

    @Test
    void aFileReplacedByOneOfEqualSizeIsKnownByItsTime() throws IOException {
        ResumePoint point = after(records(), 5);
        write("c", 104, 4);
        Files.setLastModifiedTime(directory.resolve("c"), FileTime.from(WRITTEN.plusNanos(1000)));
        assertRefused(records(), point, "/c\"", WRITTEN.plusNanos(1000).toString());
        assertThat(rest(records(), point.unchecked())).startsWith("106", "107", "008");
    }

    @Test
    void filesThatAreDoneAndSwapTheirNamesWithOthersAreRefused() throws IOException {
        DirectoryChannel channel = DirectoryChannel.of(directory);
        ResumePoint listed = after(records(channel), 5); // in c
        ResumePoint shared = after(records(channel.shard(2, 1)), 5); // in e
        ResumePoint shuffled = after(records(channel.shuffle(5)), 5);
        Files.move(directory.resolve("b"), directory.resolve(".b"));
        Files.move(directory.resolve("d"), directory.resolve("b"));
        Files.move(directory.resolve(".b"), directory.resolve("d"));
        write("b", 8, 3);
        assertRefused(records(channel), listed, "entries up to this one");
        assertRefused(records(channel.shard(2, 1)), shared, "entries up to this one");
        assertRefused(records(channel.shuffle(5)), shuffled, "4 entries");
        write("b", 0, 4);
        write("d", 108, 4);
        assertThat(rest(records(channel), listed)).contains("109");
        Files.setLastModifiedTime(directory.resolve("b"), FileTime.from(WRITTEN.plusNanos(1000)));
        assertRefused(records(channel), listed, "entries up to this one");
    }

    @Test
    void filesThatAreCopiedAnewAreTheSameWhereTimesAreIgnored() throws IOException {
        Flux<RawRecord> copies = records(DirectoryChannel.of(directory).ignoreModificationTimes());
        ResumePoint point = after(copies, 5);
        for (String name : List.of("b", "c", "d", "e")) {
            Files.setLastModifiedTime(directory.resolve(name), FileTime.from(WRITTEN.plusSeconds(86_400)));
        }
        assertThat(rest(copies, point)).startsWith("006", "007", "008").hasSize(10);
        assertRefused(records(), point, "version modified");
        write("c", 4, 5);
        assertRefused(copies, point, "/c\"");
    }

    @Test
    void aFileThatWasListedAsEmptyAndHasBytesWhenItIsReadHasChanged() throws IOException {
        write("c", 4, 0);
        List<ObjectBytes> listed =
                DirectoryChannel.of(directory).objects().collectList().block();
        Flux<RawRecord> records = Flux.fromIterable(listed).transform(ByteFrames.FORMAT.decodeObjects());
        assertThat(texts(records)).hasSize(12);
        write("c", 4, 4);
        assertThatThrownBy(() -> texts(records)).isInstanceOf(ObjectReadException.class);
        Files.delete(directory.resolve("c"));
        assertThatThrownBy(() -> texts(records)).isInstanceOf(ObjectReadException.class);
    }

    @Test
    void aFileThatIsCutShorterIsRefused() throws IOException {
        ResumePoint point = after(records(), 6);
        write("c", 4, 2);
        assertRefused(records(), point, "8 bytes");
        assertThatThrownBy(() -> rest(records(), point.unchecked()))
                .isInstanceOf(ResumeMismatchException.class)
                .hasMessageContainingAll("at least 12 bytes", "but got 8");
    }

    @Test
    void shuffledAndSharedAnyOtherListOrShareIsRefused() throws IOException {
        DirectoryChannel channel = DirectoryChannel.of(directory);
        ResumePoint shuffled = after(records(channel.shuffle(5).shard(2, 0)), 5);
        ResumePoint shared = after(records(channel.shard(2, 1)), 5); // in e
        assertRefused(records(channel.shuffle(6).shard(2, 0)), shuffled, "seed 5", "seed 6");
        assertRefused(records(channel.shuffle(5).shard(2, 1)), shuffled, "share 0 of 2", "share 1 of 2");
        assertRefused(records(channel), shared, "share 1 of 2");

        Files.move(directory.resolve("b"), directory.resolve("a"));
        assertRefused(records(channel.shuffle(5).shard(2, 0)), shuffled, "4 entries");
        assertRefused(records(channel.shard(2, 1)), shared, "entries up to this one");
        Files.move(directory.resolve("a"), directory.resolve("b"));

        assertThat(rest(records(channel.shuffle(5).shard(2, 0)), shuffled)).hasSize(2);
        write("f", 16, 2);
        assertThat(rest(records(channel.shard(2, 1)), shared)).containsExactly("014", "015");
        assertRefused(records(channel.shuffle(5).shard(2, 0)), shuffled, "4 entries", "5 entries");
    }

    @Test
    void namesOfAnyCharactersTakeNoMoreThanATokenHas() throws IOException {
        Path deep = directory;
        for (int i = 0; i < 4; i++) {
            deep = deep.resolve("\u0001\n\"\\".repeat(60));
        }
        Files.createDirectories(deep);
        Files.write(deep.resolve("x"), ByteFrames.frames("1", "2", "3"));
        Flux<RawRecord> records = records(DirectoryChannel.of(deep).shuffle(Long.MIN_VALUE));
        String json = records.elementAt(0).block().resumeAt().toJson();
        assertThat(json.getBytes(UTF_8)).hasSizeLessThan(400);
        assertThat(rest(records, ResumePoint.fromJson(json))).containsExactly("2", "3");
    }

    @Test
    void anObjectKeepsItsIdentityWhenItsBytesAreWatched() {
        ResumePoint point = after(records(), 5);
        Flux<RawRecord> watched = DirectoryChannel.of(directory)
                .objects()
                .map(object -> object.withBytes(
                        object.size(), from -> object.bytes(from).doOnNext(chunk -> {})))
                .transform(ByteFrames.FORMAT.decodeObjects());
        assertThat(rest(watched, point)).hasSize(10);
        assertThat(DirectoryChannel.of(directory)
                        .objects()
                        .map(ObjectBytes::version)
                        .blockFirst())
                .isEqualTo("modified " + WRITTEN);
    }
}
