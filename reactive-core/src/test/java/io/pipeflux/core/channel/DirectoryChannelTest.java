package io.pipeflux.core.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.core.suite.OpenResources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class DirectoryChannelTest {

    private static final int CHUNK = 256 << 10;

    @TempDir
    Path directory;

    @Test
    void givesTheFilesBelowItInTheOrderOfTheirPathsBytes() throws Exception {
        List<String> names = List.of(
                "a-b",
                "a/x",
                "a/y/z",
                "a0",
                "a.txt",
                "a/-",
                "Z",
                "b",
                "dir x/a b+c&=%?#ü日.txt",
                "\uFFEE",
                "\uD83D\uDE00",
                "aa/b");
        for (String name : names) {
            write(name, name.length());
        }

        List<ObjectBytes> objects =
                DirectoryChannel.of(directory).objects().collectList().block();

        List<String> expected = new ArrayList<>(names);
        expected.sort(Comparator.comparing(name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
        assertThat(objects)
                .extracting(ObjectBytes::key)
                .isEqualTo(expected.stream().map(this::key).toList());
        assertThat(objects).extracting(ObjectBytes::ordinal).isEqualTo(longs(names.size()));
        assertThat(objects)
                .extracting(ObjectBytes::size)
                .isEqualTo(expected.stream().map(name -> (long) name.length()).toList());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(all(objects.get(i).bytes()))
                    .isEqualTo(content(expected.get(i).length()));
        }
    }

    @Test
    void readsTheFilesThatWereListedElsewhere() throws Exception {
        for (int i = 0; i < 5; i++) {
            write("a" + i, CHUNK + i);
        }
        List<ObjectRef> listed =
                DirectoryChannel.of(directory).shuffle(3).list().collectList().block();
        List<ObjectBytes> expected = DirectoryChannel.of(directory)
                .shuffle(3)
                .objects()
                .collectList()
                .block();

        for (ObjectRef file : listed) {
            Path path = Path.of(file.key().substring("file://".length()));
            assertThat(file.lastModified())
                    .isEqualTo(Files.getLastModifiedTime(path).toInstant());
        }

        List<ObjectBytes> read =
                DirectoryChannel.read(Flux.fromIterable(listed)).collectList().block();

        assertThat(read)
                .extracting(ObjectBytes::key)
                .isEqualTo(keys(DirectoryChannel.of(directory).shuffle(3)));
        for (int i = 0; i < 5; i++) {
            assertThat(read.get(i).ordinal()).isEqualTo(i);
            assertThat(read.get(i).size()).isEqualTo(expected.get(i).size());
            assertThat(read.get(i).version()).isEqualTo(expected.get(i).version());
            assertThat(all(read.get(i).bytes(2))).isEqualTo(all(expected.get(i).bytes(2)));
        }
        write("a0", 1);
        assertThatThrownBy(() -> DirectoryChannel.read(Flux.fromIterable(listed))
                        .concatMap(ObjectBytes::bytes, 0)
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("a0");
        assertThatThrownBy(() -> DirectoryChannel.read(Flux.just(new ObjectRef("s3://b/k", 1, null)))
                        .concatMap(ObjectBytes::bytes, 0)
                        .blockLast())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ObjectRef("k", -1, null)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void leavesOutHiddenNamesAndWhatIsNoFile() throws Exception {
        write("a", 1);
        write(".hidden", 1);
        write(".git/config", 1);
        Files.createDirectories(directory.resolve("empty/deeper"));
        new ProcessBuilder("mkfifo", directory.resolve("pipe").toString())
                .start()
                .waitFor();

        assertThat(keys(DirectoryChannel.of(directory))).containsExactly(key("a"));
    }

    @Test
    void aFileByItselfIsAChannelWhateverItsName() throws Exception {
        write(".hidden", 7);

        DirectoryChannel channel = DirectoryChannel.of(directory.resolve(".hidden"));

        assertThat(keys(channel)).containsExactly(key(".hidden"));
        assertThat(keys(channel.shuffle(1))).containsExactly(key(".hidden"));
        assertThat(all(channel.bytes())).isEqualTo(content(7));
    }

    @Test
    void followsSymbolicLinksButNoLoops() throws Exception {
        write("real/a", 3);
        Files.createSymbolicLink(directory.resolve("file"), directory.resolve("real/a"));
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));
        assertThat(keys(DirectoryChannel.of(directory))).containsExactly(key("file"), key("link/a"), key("real/a"));

        Files.createSymbolicLink(directory.resolve("real/up"), directory);
        StepVerifier.create(DirectoryChannel.of(directory.resolve("real")).objects())
                .thenConsumeWhile(object -> true)
                .consumeErrorWith(e -> assertThat(e)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessageContaining("a link points to a directory that contains it: "))
                .verify();
    }

    @Test
    void readsAChunkForEachThatIsAskedForAndClosesAtTheEnd() throws Exception {
        write("a", 2 * CHUNK + 5);
        Flux<ByteBuffer> bytes = DirectoryChannel.of(directory).bytes();
        List<Integer> chunks = new CopyOnWriteArrayList<>();
        BaseSubscriber<ByteBuffer> subscriber = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {}

            @Override
            protected void hookOnNext(ByteBuffer chunk) {
                chunks.add(chunk.remaining());
            }
        };

        bytes.subscribe(subscriber);
        assertThat(OpenResources.descriptorsBelow(directory)).isEmpty();
        subscriber.request(2);
        await().until(() -> chunks.equals(List.of(CHUNK, CHUNK)));
        assertThat(OpenResources.descriptorsBelow(directory)).hasSize(1);
        subscriber.request(1);
        await().until(() -> chunks.equals(List.of(CHUNK, CHUNK, 5)));
        await().until(() -> OpenResources.descriptorsBelow(directory).isEmpty());
    }

    @Test
    void reportsEpochAndBytesToTheMonitor() throws Exception {
        write("a", CHUNK + 1);
        write("b", 10);
        PipelineMonitor monitor = PipelineMonitor.create("train");

        DirectoryChannel.of(directory)
                .bytes()
                .contextWrite(monitor.watch())
                .contextWrite(Pass.resumeAt(new ResumePoint(new Position(4, 0, 0, 0), 0)))
                .blockLast();

        assertThat(monitor.epoch()).isEqualTo(4);
        assertThat(monitor.bytes()).isEqualTo(CHUNK + 11);
    }

    @Test
    void cancelClosesTheFile() throws Exception {
        write("a", 2 * CHUNK);

        assertThat(DirectoryChannel.of(directory).bytes().blockFirst().remaining())
                .isEqualTo(CHUNK);

        await().until(() -> OpenResources.descriptorsBelow(directory).isEmpty());
    }

    @Test
    void anObjectIsReadFromAnyOffset() throws Exception {
        write("a", CHUNK + 10);
        ObjectBytes object = DirectoryChannel.of(directory).objects().single().block();
        byte[] whole = content(CHUNK + 10);

        for (int from : new int[] {0, 1, CHUNK, CHUNK + 9, CHUNK + 10}) {
            assertThat(all(object.bytes(from))).isEqualTo(Arrays.copyOfRange(whole, from, whole.length));
        }
        assertThatThrownBy(() -> object.bytes(CHUNK + 11))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("but got " + (CHUNK + 11));
    }

    @Test
    void emptyFilesAreObjectsOfNoBytes() throws Exception {
        write("a", 0);
        write("b", 2);

        assertThat(keys(DirectoryChannel.of(directory))).containsExactly(key("a"), key("b"));
        assertThat(all(DirectoryChannel.of(directory).bytes())).isEqualTo(content(2));
    }

    @Test
    void aFileThatChangesIsAnError() throws Exception {
        write("a", CHUNK + 1);
        ObjectBytes object = DirectoryChannel.of(directory).objects().single().block();

        StepVerifier.create(object.bytes(), 1)
                .expectNextCount(1)
                .then(() -> write("a", CHUNK))
                .thenRequest(1)
                .consumeErrorWith(e -> assertThat(e)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessage("the file changed after it was listed: expected " + (CHUNK + 1)
                                + " bytes, but got " + CHUNK + " bytes; start the epoch again (" + key("a")
                                + ") [PF-OBJECT-05]"))
                .verify();

        write("a", CHUNK + 1);
        Files.setLastModifiedTime(directory.resolve("a"), FileTime.fromMillis(1_000));
        assertThatThrownBy(() -> object.bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("but got the same number of bytes, modified at 1970-01-01T00:00:01Z instead of ");

        Files.delete(directory.resolve("a"));
        assertThatThrownBy(() -> object.bytes().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContainingAll(
                        "the file was removed after it was listed", "start the epoch again", "[PF-OBJECT-05]");
        Files.writeString(directory.resolve("a"), "x");
        List<ObjectRef> refs = DirectoryChannel.of(directory)
                .ignoreModificationTimes()
                .list()
                .collectList()
                .block();
        Files.delete(directory.resolve("a"));
        assertThatThrownBy(() -> DirectoryChannel.read(Flux.fromIterable(refs))
                        .concatMap(ObjectBytes::bytes)
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContainingAll("the file was removed after it was listed", "[PF-OBJECT-05]");
        await().until(() -> OpenResources.descriptorsBelow(directory).isEmpty());
    }

    @Test
    void aDirectoryThatIsMissingOrWithoutFilesIsAnError() {
        assertThatThrownBy(() -> DirectoryChannel.of(directory).objects().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessage(
                        "expected at least one file whose name does not begin with a dot, but the directory has none"
                                + " (file://" + directory + ") [PF-OBJECT-01]");
        assertThatThrownBy(() ->
                        DirectoryChannel.of(directory.resolve("none")).objects().blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining(" does not exist");
    }

    @Test
    void aDirectoryOfAShareMayBeEmptyButNotMissing() throws Exception {
        Files.createFile(Files.createDirectory(directory.resolve("sub")).resolve(".hidden"));
        DirectoryChannel share = DirectoryChannel.of(directory).mayBeEmpty();
        for (DirectoryChannel channel :
                List.of(share, share.shuffle(7), share.shard(2, 1), share.ignoreModificationTimes())) {
            StepVerifier.create(channel.objects()).verifyComplete();
            StepVerifier.create(channel.bytes()).verifyComplete();
        }
        assertThatThrownBy(() -> DirectoryChannel.of(directory.resolve("none"))
                        .mayBeEmpty()
                        .objects()
                        .blockLast())
                .isInstanceOf(ObjectReadException.class);
    }

    @Test
    void shufflesAndSharesByTheEpochAndAHostMayHaveNone() throws Exception {
        List<String> names =
                IntStream.range(0, 7).mapToObj(i -> "sub/" + i + "-ü").toList();
        for (String name : names) {
            write(name, 1 + names.indexOf(name));
        }
        DirectoryChannel channel = DirectoryChannel.of(directory).shuffle(11);

        for (int epoch = 0; epoch < 3; epoch++) {
            int[] order = SeededPermutation.of(7, 11, epoch);
            ResumePoint at = new ResumePoint(new Position(epoch, 0, 0, 0), 0);
            for (int host = 0; host < 9; host++) {
                int index = host;
                List<ObjectBytes> share = channel.shard(9, index)
                        .objects()
                        .contextWrite(Pass.resumeAt(at))
                        .collectList()
                        .block();
                assertThat(share)
                        .extracting(ObjectBytes::key)
                        .isEqualTo(index < 7 ? List.of(key(names.get(order[index]))) : List.of());
                assertThat(share).extracting(ObjectBytes::ordinal).isEqualTo(longs(share.size()));
                share.forEach(object -> assertThat(all(object.bytes())).hasSize((int) object.size()));
            }
        }
    }

    private static List<Long> longs(int count) {
        return IntStream.range(0, count).mapToObj(i -> (long) i).toList();
    }

    private static List<String> keys(DirectoryChannel channel) {
        return channel.objects().map(ObjectBytes::key).collectList().block();
    }

    private String key(String name) {
        return "file://" + directory + "/" + name;
    }

    private void write(String name, int size) {
        try {
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, content(size));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] content(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static byte[] all(Flux<ByteBuffer> chunks) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        chunks.collectList().block().forEach(chunk -> bytes.write(chunk.array(), chunk.position(), chunk.remaining()));
        return bytes.toByteArray();
    }
}
