package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.internal.ChunkMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of a cache and their bound. */
class CacheDirectoryTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 200);
    private static final long BOUND = 20 * 4096;

    @TempDir
    Path temporary;

    private static CacheKey key(int object, int size) {
        return CacheKey.of("s3://bucket/" + object, "\"" + size + "\"", size);
    }

    private static long onDisk(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(".lock"))
                    .mapToLong(name -> name.endsWith(CacheKey.PART)
                            ? CacheKey.reserved(name)
                            : CacheKey.onDisk(directory.resolve(name).toFile().length()))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long total(Path directory) throws IOException {
        try (CacheTotal total = CacheTotal.lock(directory.resolve(".lock"), Duration.ofSeconds(30))) {
            return total.isKnown() ? total.value() : -1;
        }
    }

    /** Begins, writes, commits, aborts and removes at random: the total is that of the files, below the bound. */
    @Test
    void theTotalIsThatOfTheFiles() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            Path path = temporary.resolve("seed " + seed);
            CacheDirectory cache = CacheDirectory.of(path);
            Random random = new Random(seed);
            List<CacheWriter> open = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                int action = random.nextInt(10);
                CacheKey key = key(random.nextInt(12), random.nextInt(4) * 5000);
                if (action < 5) {
                    CacheWriter writer = cache.begin(key, BOUND, false);
                    if (writer != null) {
                        writer.write(ByteBuffer.allocate((int) key.size()));
                        open.add(writer);
                    }
                } else if (action < 8 && !open.isEmpty()) {
                    cache.commit(open.remove(random.nextInt(open.size())), random.nextBoolean());
                } else if (action == 8 && !open.isEmpty()) {
                    cache.abort(open.remove(random.nextInt(open.size())));
                } else if (action == 9) {
                    cache.remove(key, random.nextBoolean());
                }
                if (Files.size(path.resolve(".lock")) > 0) {
                    assertThat(total(path))
                            .as("seed " + seed)
                            .isEqualTo(onDisk(path))
                            .isLessThanOrEqualTo(BOUND);
                }
            }
            for (CacheWriter writer : open) {
                cache.abort(writer);
            }
        }
    }

    @Test
    void filesOfKilledProcessesMakeRoomAndATotalThatIsTooLargeIsCorrected() throws IOException {
        Path path = temporary.resolve("killed");
        CacheDirectory cache = CacheDirectory.of(path);
        for (int i = 0; i < 20; i++) {
            Files.write(path.resolve(key(i, 3000).part()), new byte[i * 100]);
        }
        try (CacheTotal total = CacheTotal.lock(path.resolve(".lock"), Duration.ofSeconds(30))) {
            total.set(3 * BOUND);
        }
        CacheWriter writer = cache.begin(key(30, 9000), BOUND, false);
        assertThat(writer).isNotNull();
        assertThat(total(path)).isEqualTo(3 * 4096).isEqualTo(onDisk(path));
        cache.abort(writer);
        assertThat(total(path)).isZero();
    }

    @Test
    void theOldestFilesAreRemovedFirstAndThoseOfTheLastDayAreNot() throws IOException {
        Path first = temporary.resolve("first");
        CacheDirectory cache = CacheDirectory.of(first);
        for (int i = 0; i < 20; i++) {
            cache.commit(begun(cache, i), false);
        }
        assertThat(cache.begin(key(20, 3000), BOUND, false)).isNull();
        for (int i = 0; i < 4; i++) {
            long days = 5 - i;
            Files.setLastModifiedTime(
                    first.resolve(key(i, 3000).file(false)),
                    FileTime.fromMillis(
                            System.currentTimeMillis() - Duration.ofDays(days).toMillis()));
        }
        Path path = Files.move(first, temporary.resolve("second")); // for which nothing is known
        cache = CacheDirectory.of(path);
        cache.abort(begun(cache, 20));
        assertThat(cache.find(key(0, 3000), false)).isNull();
        assertThat(cache.find(key(1, 3000), false)).isNull(); // some room more
        assertThat(cache.find(key(2, 3000), false)).isNotNull(); // which counts as used from now on
        for (int i = 20; i < 23; i++) {
            cache.commit(begun(cache, i), false);
        }
        assertThat(cache.begin(key(23, 3000), BOUND, false)).isNull();
        assertThat(onDisk(path)).isEqualTo(BOUND).isEqualTo(total(path));
    }

    private static CacheWriter begun(CacheDirectory cache, int object) throws IOException {
        CacheWriter writer = cache.begin(key(object, 3000), BOUND, false);
        assertThat(writer).isNotNull();
        writer.write(ByteBuffer.allocate(3000));
        return writer;
    }

    @Test
    void aFileOfFewerOrMoreBytesIsNotCompleted() throws IOException {
        CacheDirectory cache = CacheDirectory.of(temporary.resolve("short"));
        CacheWriter writer = cache.begin(key(1, 3000), BOUND, false);
        writer.write(ByteBuffer.allocate(2999));
        assertThatThrownBy(() -> cache.commit(writer, false)).hasMessageContaining("expected 3000 bytes, but got 2999");
        assertThatThrownBy(() -> writer.write(ByteBuffer.allocate(2)))
                .hasMessageContaining("expected 3000 bytes, but got more");
        cache.abort(writer);
        assertThat(cache.find(key(1, 3000), false)).isNull();
    }

    @Test
    void threadsNeverExceedTheBound() throws Exception {
        Path path = temporary.resolve("threads");
        CacheDirectory cache = CacheDirectory.of(path);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> ended = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i);
                Callable<?> task = () -> {
                    for (int n = 0; n < 50; n++) {
                        CacheWriter writer = cache.begin(key(random.nextInt(40), 3000), BOUND, false);
                        if (writer != null) {
                            writer.write(ByteBuffer.allocate(3000));
                            if (random.nextBoolean()) {
                                cache.commit(writer, false);
                            } else {
                                cache.abort(writer);
                            }
                        }
                        assertThat(total(path)).isLessThanOrEqualTo(BOUND);
                    }
                    return null;
                };
                ended.add(threads.submit(task));
            }
            for (Future<?> end : ended) {
                end.get();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(total(path)).isEqualTo(onDisk(path)).isLessThanOrEqualTo(BOUND);
    }

    /** Damage that a count has seen, or not, and that makes a file shorter or longer. */
    @ParameterizedTest
    @CsvSource({"0, true", "0, false", "9000, true", "9000, false"})
    void theBoundHoldsAfterDamagedFilesAreRemovedOrReplaced(int length, boolean counted) throws IOException {
        Path path = temporary.resolve("damaged");
        CacheDirectory cache = CacheDirectory.of(path);
        for (int i = 0; i < 6; i++) {
            cache.commit(begun(cache, i), false);
        }
        for (int i = 0; i < 6; i++) {
            Files.write(path.resolve(key(i, 3000).file(false)), new byte[length]);
        }
        if (counted) {
            Files.delete(path.resolve(".lock"));
            cache.abort(begun(cache, 6));
        }
        for (int i = 0; i < 3; i++) {
            cache.remove(key(i, 3000), false);
        }
        for (int i = 3; i < 6; i++) {
            CacheWriter writer = cache.begin(key(i, 3000), BOUND, true); // as only a verified file will do
            assertThat(writer).isNotNull();
            writer.write(ByteBuffer.allocate(3000));
            cache.commit(writer, false);
        }
        for (int i = 10; i < 40; i++) {
            CacheWriter writer = cache.begin(key(i, 3000), BOUND, false);
            if (writer != null) {
                writer.write(ByteBuffer.allocate(3000));
                cache.commit(writer, false);
            }
        }
        assertThat(total(path)).isEqualTo(onDisk(path)).isEqualTo(BOUND);
    }

    @Test
    void aLockFileThatIsALinkOrAFifoIsRefused() throws Exception {
        Path victim = Files.writeString(temporary.resolve("victim"), "to stay as it is");
        Path linked = Files.createDirectory(temporary.resolve("linked"));
        Files.createSymbolicLink(linked.resolve(".lock"), victim);
        assertThatThrownBy(() -> CacheDirectory.of(linked)).isInstanceOf(IOException.class);
        Path absent = Files.createDirectory(temporary.resolve("absent"));
        Files.createSymbolicLink(absent.resolve(".lock"), temporary.resolve("nothing"));
        assertThatThrownBy(() -> CacheDirectory.of(absent)).isInstanceOf(IOException.class);
        Path fifo = Files.createDirectory(temporary.resolve("fifo"));
        makeFifo(fifo.resolve(".lock"));
        assertThatThrownBy(() -> CacheDirectory.of(fifo)).isInstanceOf(IOException.class);

        Path later = temporary.resolve("later");
        CacheDirectory cache = CacheDirectory.of(later);
        Files.delete(later.resolve(".lock"));
        Files.createSymbolicLink(later.resolve(".lock"), victim);
        assertThatThrownBy(() -> cache.begin(key(1, 3000), BOUND, false)).isInstanceOf(IOException.class);
        assertThat(victim).hasContent("to stay as it is");
        assertThat(temporary.resolve("nothing")).doesNotExist();
    }

    /** Whatever has the name of a file of the cache and is none: it is not counted, opened or written through. */
    @ParameterizedTest
    @ValueSource(strings = {"link", "link to nothing", "FIFO"})
    void linksAndFifosAreReplacedAndNeverFollowed(String kind) throws Exception {
        Path victim = Files.write(temporary.resolve("victim"), new byte[5000]);
        FileTime before = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(victim, before);
        Path path = temporary.resolve("cache");
        CacheDirectory cache = CacheDirectory.of(path);
        CacheKey key = key(1, 3000);
        for (String name : List.of(
                key.part(), key.file(false), key(2, 3000).part(), key(3, 3000).file(true))) {
            switch (kind) {
                case "FIFO" -> makeFifo(path.resolve(name));
                case "link" -> Files.createSymbolicLink(path.resolve(name), victim);
                default -> Files.createSymbolicLink(path.resolve(name), temporary.resolve("nothing"));
            }
        }
        assertThat(cache.find(key, false)).isNull();
        cache.commit(begun(cache, 1), false);
        assertThat(cache.find(key, false)).isRegularFile().hasSize(key.header() + key.size());
        cache.remove(key(3, 3000), true);
        assertThat(total(path)).isEqualTo(4096);
        assertThat(victim).hasSize(5000);
        assertThat(Files.getLastModifiedTime(victim)).isEqualTo(before);
        assertThat(temporary.resolve("nothing")).doesNotExist();

        Path replaced = path.resolve(key.file(false)); // after it was found
        Files.delete(replaced);
        makeFifo(replaced);
        try (CacheReader reader = new CacheReader(replaced, key, 0, new ChunkMemory())) {
            assertThatThrownBy(reader::next).isInstanceOf(IOException.class);
        }
    }

    private static void makeFifo(Path path) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
    }

    @Test
    void aWeakETagOrAnUnknownSizeIsNotKept() {
        assertThat(CacheKey.of("s3://b/k", "W/\"1\"", 1)).isNull();
        assertThat(CacheKey.of("s3://b/k", null, 1)).isNull();
        assertThat(CacheKey.of("s3://b/k", "\"1\"", -1)).isNull();
        assertThat(CacheKey.of("s3://b/k", "1", 1).file(true))
                .isEqualTo(CacheKey.of("s3://b/k", "\"1\"", 1).file(true));
    }
}
