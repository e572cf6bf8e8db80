package io.pipeflux.s3;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.prefetch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.core.suite.Resuming;
import io.pipeflux.s3.test.FaultProxy.Trouble;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** Objects that a channel keeps on the local disk. */
class CachedChannelTest extends S3Test {

    private static final int PART = 100_000;
    private static final int BLOCK = CacheKey.BLOCK;
    private static final long MUCH = 1 << 30;
    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(PART).windowBytes(6 * PART).retries(2);

    @TempDir
    Path temporary;

    private final Map<String, byte[]> objects = new TreeMap<>();
    private PipelineMonitor monitor = PipelineMonitor.create("train");
    private Path directory;

    @BeforeEach
    void putObjects() {
        directory = temporary.resolve("a/cache");
        int[] sizes = {0, 1, 50_000, PART, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17};
        for (int i = 0; i < sizes.length; i++) {
            put("o" + i, S3Server.bytes(sizes[i], i));
        }
    }

    private void put(String key, byte[] bytes) {
        objects.put(key, bytes);
        server.put(bucket, key, bytes);
    }

    private S3Channel channel() {
        return channel(OPTIONS, MUCH);
    }

    private S3Channel channel(S3ReadOptions options, long bytes) {
        return S3Channels.prefix(client, "s3://" + bucket + "/", options).cachedIn(directory, bytes);
    }

    private byte[] expected() {
        return join(objects.values().stream().map(ByteBuffer::wrap).toList());
    }

    private long allBytes() {
        return objects.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    /** Reads an epoch, and returns the number of its bytes that were read from the disk. */
    private long epoch(S3Channel channel) {
        monitor = PipelineMonitor.create("train");
        assertThat(Arrays.equals(all(channel.bytes().contextWrite(monitor.watch())), expected()))
                .isTrue();
        assertThat(monitor.bytes()).isEqualTo(allBytes());
        return monitor.cachedBytes();
    }

    private List<Path> files(String end) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(end)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> complete() {
        return Stream.concat(files(CacheKey.PLAIN).stream(), files(CacheKey.VERIFIED).stream())
                .toList();
    }

    private Path fileOf(String key) {
        CacheKey cached = S3Channels.prefix(client, "s3://" + bucket + "/" + key)
                .objects()
                .map(object -> CacheKey.of(object.key(), object.etag(), object.size()))
                .single()
                .block();
        return complete().stream()
                .filter(file -> file.getFileName()
                        .toString()
                        .startsWith(cached.file(true).substring(0, 64)))
                .findFirst()
                .orElseThrow();
    }

    private long onDisk() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !file.endsWith(".lock"))
                    .mapToLong(file -> CacheKey.onDisk(file.toFile().length()))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theSecondEpochReadsTheDiskAlone() {
        assertThat(epoch(channel())).isZero();
        int gets = proxy.ranges().size();
        int heads = proxy.heads();

        assertThat(epoch(channel())).isEqualTo(allBytes());
        assertThat(epoch(channel().shard(1, 0))).isEqualTo(allBytes());
        assertThat(proxy.ranges()).hasSize(gets);
        assertThat(proxy.heads()).isEqualTo(heads);
        assertThat(proxy.listings()).isEqualTo(3);
        OpenResources.awaitNoneLeft(directory);
    }

    @Test
    void objectsOfManifestsAreKeptToo() {
        List<String> keys = List.copyOf(objects.keySet());
        String entries = String.join("\", \"", keys);
        server.put(bucket, "list", ("[{\"prefix\": \"s3://" + bucket + "/\"}, \"" + entries + "\"]").getBytes());
        S3Channel manifest =
                S3Channels.manifest(client, "s3://" + bucket + "/list", OPTIONS).cachedIn(directory, MUCH);

        assertThat(epoch(manifest)).isZero();
        int gets = proxy.ranges().size();
        assertThat(epoch(manifest)).isEqualTo(allBytes());
        assertThat(proxy.ranges()).hasSize(gets + 1); // the manifest itself
    }

    @Test
    void aChangedObjectIsReadFromTheStoreAgain() {
        epoch(channel());
        put("o3", S3Server.bytes(PART, 77)); // as long as before
        put("o4", S3Server.bytes(5, 78));

        assertThat(epoch(channel())).isEqualTo(allBytes() - PART - 5);
        assertThat(epoch(channel())).isEqualTo(allBytes());
    }

    @Test
    void theBoundIsKeptAndTheSamePartOfALargerChannelStays() {
        for (int i = 10; i < 40; i++) {
            put("o" + i, S3Server.bytes(50_000, i));
        }
        long bound = allBytes() / 2;
        S3Channel channel = channel(OPTIONS, bound);
        epoch(channel);
        assertThat(onDisk()).isBetween(bound * 8 / 10, bound);
        List<Path> kept = complete();

        for (int i = 1; i < 4; i++) {
            assertThat(epoch(channel)).isBetween(bound / 2, bound);
            assertThat(channel.shuffle(i).bytes().count().block()).isPositive();
            assertThat(complete()).containsExactlyInAnyOrderElementsOf(kept);
        }
    }

    @Test
    void whatNoChannelHasUsedForAnEpochMakesRoom() throws IOException {
        long bound = 2 * BLOCK + allBytes();
        epoch(channel(OPTIONS, bound));
        for (Path file : complete()) {
            Files.setLastModifiedTime(
                    file,
                    FileTime.fromMillis(
                            System.currentTimeMillis() - Duration.ofDays(2).toMillis()));
        }
        directory =
                Files.move(directory, temporary.resolve("moved")); // as for another process, which knows nothing of it
        List<String> others = List.of("other.txt", "other.part", "other.object", "other.7.part");
        for (String other : others) {
            Files.writeString(directory.resolve(other), "mine");
            Files.setLastModifiedTime(directory.resolve(other), FileTime.fromMillis(0));
        }
        for (String key : List.copyOf(objects.keySet())) {
            put(key, S3Server.bytes(objects.get(key).length, key.hashCode()));
        }
        epoch(channel(OPTIONS, bound)); // as many bytes again: the old ones give way
        assertThat(onDisk() - others.size() * CacheKey.onDisk(4)).isLessThanOrEqualTo(bound);
        assertThat(epoch(channel(OPTIONS, bound))).isEqualTo(allBytes());
        for (String other : others) {
            assertThat(directory.resolve(other)).hasContent("mine");
        }
    }

    @Test
    void anObjectLargerThanTheBoundIsNotKept() {
        epoch(channel(OPTIONS, 2 * BLOCK));
        assertThat(onDisk()).isLessThanOrEqualTo(2 * BLOCK);
        assertThat(epoch(channel(OPTIONS, 1))).isGreaterThan(0);
        assertThatThrownBy(() -> channel(OPTIONS, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a cache of >= 1 byte, but got 0");
    }

    enum Damage {
        DATA {
            @Override
            byte[] of(byte[] file) {
                file[file.length - BLOCK - 5] ^= 1;
                return file;
            }
        },
        LAST_BYTE {
            @Override
            byte[] of(byte[] file) {
                file[file.length - 1] ^= 1;
                return file;
            }
        },
        SUM {
            @Override
            byte[] of(byte[] file) {
                file[50] ^= 1;
                return file;
            }
        },
        MAGIC {
            @Override
            byte[] of(byte[] file) {
                file[0] ^= 1;
                return file;
            }
        },
        ZEROS {
            @Override
            byte[] of(byte[] file) {
                return new byte[file.length];
            }
        },
        EMPTY {
            @Override
            byte[] of(byte[] file) {
                return new byte[0];
            }
        },
        CUT {
            @Override
            byte[] of(byte[] file) {
                return Arrays.copyOf(file, file.length - 1);
            }
        },
        LONGER {
            @Override
            byte[] of(byte[] file) {
                return Arrays.copyOf(file, file.length + 1);
            }
        };

        abstract byte[] of(byte[] file);
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedFileIsReadFromTheStoreAndReplaced(Damage damage) throws IOException {
        epoch(channel());
        Path file = fileOf("o7");
        Files.write(file, damage.of(Files.readAllBytes(file)));

        assertThat(epoch(channel())).isLessThan(allBytes());
        assertThat(file).doesNotExist();
        epoch(channel());
        assertThat(epoch(channel())).isEqualTo(allBytes());
    }

    @Test
    void aFileOfAnotherObjectIsNotTakenForThisOne() throws IOException {
        put("p", S3Server.bytes(BLOCK, 1000));
        epoch(channel());
        Files.copy(fileOf("p"), fileOf("o5"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertThat(epoch(channel())).isEqualTo(allBytes() - BLOCK);
    }

    @Test
    void filesThatAreRemovedAfterTheyWereFoundAreReadFromTheStore() throws IOException {
        epoch(channel());
        List<ObjectBytes> found = channel().objects().collectList().block();
        for (Path file : complete()) {
            Files.delete(file);
        }
        assertThat(Arrays.equals(all(Flux.fromIterable(found).concatMap(ObjectBytes::bytes, 0)), expected()))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 16, 3 * BLOCK + 17})
    void anObjectIsEnteredInside(int from) {
        epoch(channel());
        int gets = proxy.ranges().size();
        byte[] rest = Arrays.copyOfRange(objects.get("o7"), from, objects.get("o7").length);

        ObjectBytes object = channel().objects().last().block();
        assertThat(Arrays.equals(all(object.bytes(from)), rest)).isTrue();
        assertThat(Arrays.equals(all(object.bytes(from)), rest)).isTrue(); // each subscription reads it again
        assertThat(proxy.ranges()).hasSize(gets);
    }

    @Test
    void resumePointsAreThoseOfTheStore() {
        objects.keySet().forEach(key -> server.delete(bucket, key));
        server.put(bucket, "a", ByteFrames.frames("1", "2", "3"));
        server.put(bucket, "b", ByteFrames.frames("4", "5"));
        Flux<RawRecord> plain = S3Channels.prefix(client, "s3://" + bucket + "/", OPTIONS)
                .objects()
                .transform(ByteFrames.FORMAT.decodeObjects());
        Flux<RawRecord> cached = channel().objects().transform(ByteFrames.FORMAT.decodeObjects());
        ResumePoint ofFirst = Resuming.after(cached, 2);
        assertThat(Resuming.texts(cached)).containsExactly("1", "2", "3", "4", "5");
        ResumePoint ofSecond = Resuming.after(cached, 2);

        assertThat(ofSecond).isEqualTo(ofFirst).isEqualTo(Resuming.after(plain, 2));
        assertThat(Resuming.rest(cached, ofSecond)).containsExactly("4", "5");
        assertThat(Resuming.rest(plain, ofSecond)).containsExactly("4", "5");
    }

    /** Chunks of the disk are used again when a batch has let them go, but not those of the store. */
    @Test
    void batchesOfADamagedFileAreThoseOfTheStore() throws IOException {
        objects.keySet().forEach(key -> server.delete(bucket, key));
        objects.clear();
        String[] payloads = IntStream.range(0, 6_000)
                .mapToObj(i -> i + "x".repeat(i % 100 + 100))
                .toArray(String[]::new);
        put("a", ByteFrames.frames(payloads));
        put("b", ByteFrames.frames(payloads));
        Flux<List<String>> batches = channel()
                .objects()
                .transform(ByteFrames.FORMAT.decodeObjects())
                .transform(prefetch(10))
                .transform(mapAndBatch(64, 2, ByteFrames::text));
        List<List<String>> fromStore = batches.collectList().block();
        assertThat(fromStore.stream().flatMap(List::stream))
                .containsExactlyElementsOf(
                        Stream.of(payloads, payloads).flatMap(Stream::of).toList());
        assertThat(batches.collectList().block()).isEqualTo(fromStore);
        Path file = fileOf("a");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThat(batches.collectList().block()).isEqualTo(fromStore);
        assertThat(file).doesNotExist();
    }

    @Test
    void aReadThatDoesNotEndKeepsNothing() {
        ObjectBytes object = channel().objects().last().block();
        assertThat(object.bytes().take(1).count().block()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(onDisk()).isZero());

        assertThat(all(object.bytes(1))).hasSize((int) object.size() - 1);
        proxy.troubleEvery(head -> head.contains("bytes=300000-") ? Trouble.answer(403, "AccessDenied") : Trouble.NONE);
        assertThatThrownBy(() -> object.bytes().blockLast()).isInstanceOf(ObjectReadException.class);
        assertThat(files(CacheKey.PART)).isEmpty();
        OpenResources.awaitNoneLeft(directory);
    }

    @Test
    void aDirectoryThatCannotBeUsedIsAnError() throws IOException {
        Files.writeString(temporary.resolve("file"), "a file");
        for (Path path : List.of(temporary.resolve("file"), temporary.resolve("file/below"))) {
            assertThatThrownBy(() -> S3Channels.prefix(client, "s3://" + bucket + "/")
                            .cachedIn(path, MUCH)
                            .bytes()
                            .blockLast())
                    .isInstanceOf(ObjectReadException.class)
                    .hasMessageContaining("file://" + path);
        }
        Path open = Files.createDirectory(temporary.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> S3Channels.prefix(client, "s3://" + bucket + "/")
                        .cachedIn(open, MUCH)
                        .bytes()
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageContaining("not every user may write into");
    }

    @Test
    void aDirectoryThatIsLostLaterCostsNoByte() throws IOException {
        Flux<ObjectBytes> inOrder = channel().objects();
        byte[] read = all(inOrder.concatMap(
                object -> {
                    if (object.ordinal() == 3) {
                        complete()
                                .forEach(file ->
                                        assertThat(file.toFile().delete()).isTrue());
                        files(".lock")
                                .forEach(file ->
                                        assertThat(file.toFile().delete()).isTrue());
                        assertThat(directory.toFile().delete()).isTrue();
                    }
                    return object.bytes();
                },
                0));
        assertThat(Arrays.equals(read, expected())).isTrue();
        assertThat(epoch(channel())).isZero(); // it is made again
        assertThat(epoch(channel())).isEqualTo(allBytes());
    }

    @Test
    void onlyTheOwnerMayReadIt() throws IOException {
        epoch(channel());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        for (Path file : complete()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
    }
}
