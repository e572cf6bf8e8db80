package io.pipeflux.core.job;

import static java.lang.Thread.State.BLOCKED;
import static java.lang.Thread.State.TERMINATED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

class CheckpointsTest {

    private static final Fingerprint JOB =
            Fingerprint.of("train", "s3://bucket/train/").with("batch", 64);
    private static final ResumePoint HERE = new ResumePoint(new Position(1, 2, 3, 4), 5);
    private static final byte[] STATE = {1, 2, 3, '\n', 0, -1};

    @TempDir
    Path directory;

    private final List<Checkpoints> opened = new ArrayList<>();

    /** The next run's: the one before has ended. */
    private Checkpoints open(Path directory, Fingerprint job) {
        close();
        Checkpoints next = Checkpoints.directory(directory, job);
        opened.add(next);
        return next;
    }

    @AfterEach
    void close() {
        opened.forEach(Checkpoints::close);
    }

    private Checkpoints checkpoints() {
        return open(directory, JOB);
    }

    private void save(long step) {
        Checkpoints checkpoints = checkpoints().allowMismatch();
        checkpoints.latest();
        checkpoints.save(step, HERE, STATE);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void whatWasSavedIsReadByTheNextRun() throws IOException {
        Checkpoints first = open(directory.resolve("made/by/the/first/write"), JOB);
        assertThat(first.latest()).isEmpty();
        first.save(300, HERE, STATE);
        first.save(301, HERE, STATE);
        Checkpoint last =
                open(directory.resolve("made/by/the/first/write"), JOB).latest().orElseThrow();
        assertThat(last.step()).isEqualTo(301);
        assertThat(last.resumeAt()).isEqualTo(HERE);
        assertThat(last.state()).isEqualTo(STATE);
        assertThat(Files.list(directory.resolve("made/by/the/first/write")).map(Path::getFileName))
                .containsExactlyInAnyOrder(Path.of("checkpoint"), Path.of(".checkpoint.lock"));
    }

    @Test
    void anInterruptedTrainingSavesWhatItHas() {
        Thread.currentThread().interrupt();
        save(7);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(checkpoints().latest().orElseThrow().step()).isEqualTo(7);
    }

    @Test
    void aSecondJobIsRefusedByNameUntilTheFirstHasClosed() throws IOException {
        Checkpoints first = checkpoints();
        first.latest();
        Checkpoints second = Checkpoints.directory(directory, Fingerprint.of("another", "job"));
        Path leftover = Files.writeString(directory.resolve(".checkpoint.0123456789abcdef.tmp"), "being written");
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(second::latest)
                .withMessageContaining("process " + ProcessHandle.current().pid());
        assertThatIllegalStateException().isThrownBy(() -> second.save(1, HERE, STATE));
        assertThat(leftover).exists();
        assertThat(first.latest()).as("the same object may look again").isEmpty();
        first.save(1, HERE, STATE);
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(second::latest);
        first.close();
        first.close();
        assertThatIllegalStateException().isThrownBy(() -> first.save(2, HERE, STATE));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(second::latest)
                .withMessageContaining("belongs to another job");
        assertThat(first.latest().orElseThrow().step())
                .as("the refused one has left")
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aJobWhoseLockWasReplacedDoesNotWriteOverAnothersCheckpoint(boolean hasEnded) throws IOException {
        Checkpoints first = checkpoints();
        first.latest();
        first.save(1, HERE, STATE);
        Files.delete(directory.resolve(".checkpoint.lock"));
        Checkpoints second = Checkpoints.directory(directory, JOB);
        opened.add(second);
        assertThat(second.latest().orElseThrow().step()).isEqualTo(1);
        second.save(20, HERE, STATE);
        if (hasEnded) {
            second.close();
        }
        for (int step = 2; step < 4; step++) {
            int next = step;
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> first.save(next, HERE, STATE))
                    .withMessageContaining(directory.resolve(".checkpoint.lock") + " that this job locked");
        }
        assertThat(files()).containsExactlyInAnyOrder("checkpoint", ".checkpoint.lock");
        first.close();
        assertThat(checkpoints().latest().orElseThrow().step()).isEqualTo(20);
    }

    @Test
    void aJobWhoseDirectoryWasMadeAnewSavesThereOnlyIfNoOtherIsThere() throws IOException {
        Path job = directory.resolve("job");
        Checkpoints first = open(job, JOB);
        first.latest();
        for (int step = 1; step < 4; step++) {
            first.save(step, HERE, STATE);
            Files.delete(job.resolve("checkpoint"));
            Files.delete(job.resolve(".checkpoint.lock"));
            Files.delete(job);
            if (step == 2) {
                Files.createDirectory(job);
            }
        }
        Checkpoints second = Checkpoints.directory(job, JOB);
        opened.add(second);
        second.latest();
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> first.save(4, HERE, STATE))
                .withMessageContaining("another job uses this directory of checkpoints");
        second.save(20, HERE, STATE);
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(() -> first.save(5, HERE, STATE));
        second.close();
        assertThat(open(job, JOB).latest().orElseThrow().step()).isEqualTo(20);
    }

    @Test
    void interruptsWhileItIsWrittenDoNotEndIt() throws InterruptedException {
        byte[] large = new byte[16 << 20];
        Checkpoints checkpoints = checkpoints();
        checkpoints.latest();
        Thread trainer = Thread.currentThread();
        AtomicBoolean over = new AtomicBoolean();
        Thread nuisance = new Thread(() -> {
            while (!over.get()) {
                trainer.interrupt();
                LockSupport.parkNanos(200_000);
            }
        });
        nuisance.start();
        try {
            for (int step = 1; step <= 10; step++) {
                checkpoints.save(step, HERE, large);
            }
        } finally {
            over.set(true);
            while (nuisance.isAlive()) {
                Thread.onSpinWait();
            }
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(checkpoints().latest().orElseThrow().step()).isEqualTo(10);
    }

    @Test
    void aStateMayBeEmpty() {
        Checkpoints checkpoints = checkpoints();
        checkpoints.latest();
        checkpoints.save(0, ResumePoint.START, new byte[0]);
        assertThat(checkpoints().latest().orElseThrow().state()).isEmpty();
    }

    @Test
    void aCheckpointOfAnotherJobIsRefusedWithBothValues() {
        save(7);
        Checkpoints other = open(
                directory,
                Fingerprint.of("train", "s3://bucket/other/").with("batch", 64).with("seed", 42));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(other::latest)
                .withMessageContaining("the checkpoint of step 7 belongs to another job")
                .withMessageContaining(
                        "train is 's3://bucket/train/' in the checkpoint, but 's3://bucket/other/' in this job")
                .withMessageContaining("seed is not given in the checkpoint, but '42' in this job")
                .withMessageNotContaining("batch is")
                .withMessageContaining(directory.resolve("checkpoint").toString());
        assertThatIllegalStateException().isThrownBy(() -> other.save(8, HERE, STATE));
        assertThat(other.allowMismatch().latest().orElseThrow().step()).isEqualTo(7);
        assertThat(checkpoints().latest().orElseThrow().step()).isEqualTo(7);
    }

    @Test
    void aDamagedCheckpointIsAnErrorWhateverByteIsWrongOrMissing() throws IOException {
        save(7);
        Path file = directory.resolve("checkpoint");
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] wrong = whole.clone();
            wrong[i] ^= 1;
            Files.write(file, wrong);
            assertThatExceptionOfType(CheckpointException.class)
                    .as("byte " + i)
                    .isThrownBy(checkpoints().allowMismatch()::latest);
            Files.write(file, Arrays.copyOf(whole, i));
            assertThatExceptionOfType(CheckpointException.class)
                    .as("cut after " + i)
                    .isThrownBy(checkpoints().allowMismatch()::latest);
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(checkpoints()::latest)
                .withMessageContaining("is damaged")
                .withMessageContaining("to start from the beginning");
    }

    @Test
    void aNewerFormatIsRefusedByItsNumber() throws IOException {
        save(7);
        Path file = directory.resolve("checkpoint");
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        Files.writeString(file, text.replaceFirst("checkpoint 1", "checkpoint 12"), StandardCharsets.ISO_8859_1);
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(checkpoints()::latest)
                .withMessageContaining("has format version 12");
    }

    @Test
    void onlyAMissingFileIsNoCheckpoint() throws IOException {
        Path file = directory.resolve("checkpoint");
        assertThat(checkpoints().latest()).isEmpty();
        Files.createDirectory(file);
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(checkpoints()::latest);
        assertThat(open(directory.resolve("nowhere/at/all"), JOB).latest()).isEmpty();
    }

    @Test
    void aLinkToNothingAndAFileInTheWayAreErrors() throws IOException {
        Files.createSymbolicLink(directory.resolve("checkpoint"), directory.resolve("nowhere"));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(checkpoints()::latest)
                .withMessageContaining("is a link to something that is not there");
        Files.createSymbolicLink(directory.resolve("mount"), directory.resolve("nowhere"));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(open(directory.resolve("mount/job"), JOB)::latest);
        Path inTheWay = Files.createFile(directory.resolve("file"));
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(open(inTheWay.resolve("job"), JOB)::latest);
    }

    @Test
    void aWriteFollowsNoLinkAndADirectoryMayBeOne() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path other = Files.writeString(directory.resolve("other"), "not ours");
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        Checkpoints linked = open(link, JOB);
        linked.latest();
        Files.createSymbolicLink(real.resolve("checkpoint"), other);
        linked.save(1, HERE, STATE);
        assertThat(other).content().isEqualTo("not ours");
        assertThat(real.resolve("checkpoint")).isRegularFile();
        assertThat(Files.isSymbolicLink(real.resolve("checkpoint"))).isFalse();
        assertThat(open(link, JOB).latest()).isPresent();
    }

    @Test
    void whatAKilledWriterLeftIsRemoved() throws IOException {
        Files.writeString(directory.resolve(".checkpoint.0123456789abcdef.tmp"), "half");
        save(1);
        assertThat(files()).containsExactlyInAnyOrder("checkpoint", ".checkpoint.lock");
    }

    @Test
    void oneIsDueAfterSoManySteps() {
        Checkpoints checkpoints = checkpoints().everySteps(4);
        assertThat(checkpoints.latest()).isEmpty();
        assertThat(IntStream.rangeClosed(1, 9).filter(step -> checkpoints.saveIfDue(step, HERE, () -> STATE)))
                .containsExactly(4, 8);
        Checkpoints next = checkpoints().everySteps(4);
        next.latest();
        next.save(10, HERE, STATE);
        assertThat(IntStream.rangeClosed(10, 19).filter(step -> next.saveIfDue(step, HERE, () -> STATE)))
                .containsExactly(14, 18);
        assertThatIllegalArgumentException().isThrownBy(() -> next.saveIfDue(17, HERE, () -> STATE));
    }

    @Test
    void oneIsDueAfterThatMuchTimeOrSoManyStepsWhateverComesFirst() {
        long[] now = {0};
        Checkpoints clocked = Checkpoints.of(new DirectoryStore(directory), JOB, () -> now[0])
                .every(Duration.ofSeconds(30))
                .everySteps(5);
        clocked.latest();
        int[] seconds = {0, 10, 10, 10, 1, 1, 1, 1, 1};
        assertThat(IntStream.rangeClosed(1, 9).filter(step -> {
                    now[0] += Duration.ofSeconds(seconds[step - 1]).toNanos();
                    return clocked.saveIfDue(step, HERE, () -> STATE);
                }))
                .containsExactly(4, 9);
        clocked.close();
        Checkpoints byTime =
                Checkpoints.of(new DirectoryStore(directory), JOB, () -> now[0]).every(Duration.ofSeconds(30));
        byTime.latest();
        assertThat(IntStream.rangeClosed(10, 1000).filter(step -> byTime.saveIfDue(step, HERE, () -> STATE)))
                .isEmpty();
        byTime.close();
    }

    @Test
    void theLastStepIsSavedUnlessItWasDue() {
        Checkpoints checkpoints = checkpoints().everySteps(2);
        checkpoints.latest();
        assertThat(checkpoints.saveLast(() -> STATE)).isFalse();
        checkpoints.saveIfDue(1, ResumePoint.START, () -> STATE);
        checkpoints.saveIfDue(2, ResumePoint.START, () -> STATE);
        assertThat(checkpoints.saveLast(() -> STATE)).isFalse();
        checkpoints.saveIfDue(3, HERE, () -> STATE);
        assertThat(checkpoints.saveLast(() -> STATE)).isTrue();
        assertThat(checkpoints.saveLast(() -> STATE)).isFalse();
        assertThat(checkpoints().latest()).hasValueSatisfying(last -> {
            assertThat(last.step()).isEqualTo(3);
            assertThat(last.resumeAt()).isEqualTo(HERE);
        });
        assertThatIllegalStateException().isThrownBy(() -> checkpoints().saveLast(() -> STATE));
    }

    @Test
    void whatIsNotDueIsNotMade() {
        Checkpoints checkpoints = checkpoints(); // every 100 steps
        checkpoints.latest();
        assertThat(checkpoints.saveIfDue(99, HERE, () -> {
                    throw new AssertionError("made");
                }))
                .isFalse();
        assertThat(checkpoints.saveIfDue(100, HERE, () -> STATE)).isTrue();
    }

    /** A store whose answers are given. */
    private record Answers(Optional<byte[]> answer, Exception failure) implements CheckpointStore {
        @Override
        public Optional<byte[]> read() throws IOException {
            fail();
            return answer;
        }

        @Override
        public void write(byte[] checkpoint) throws IOException {
            if (failure != null) {
                throw new IOException("No space left on device");
            }
        }

        private void fail() throws IOException {
            if (failure instanceof IOException io) {
                throw io;
            }
            if (failure instanceof RuntimeException e) {
                throw e;
            }
        }
    }

    @Test
    void aStoreThatFailsOrAnswersNullIsNoStoreWithoutACheckpoint() {
        for (Exception failure : List.of(new IOException("503"), new IllegalStateException("closed"))) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(Checkpoints.of(new Answers(Optional.empty(), failure), JOB)::latest)
                    .withMessageContaining(String.valueOf(failure.getMessage()))
                    .withMessageContaining("does not start from the beginning")
                    .withCause(failure);
        }
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(Checkpoints.of(new Answers(null, null), JOB)::latest);
    }

    @Test
    void aThreadThatMustNotBlockIsRefusedAndOneThatMayIsNot() {
        Checkpoints checkpoints = checkpoints();
        assertThatIllegalStateException()
                .isThrownBy(() -> Mono.fromCallable(checkpoints::latest)
                        .subscribeOn(Schedulers.parallel())
                        .block())
                .withMessageContaining("publishOn");
        checkpoints.latest();
        Scheduler trainer = Schedulers.newBoundedElastic(1, 1, "trainer");
        try {
            long[] step = {0};
            assertThat(Flux.range(1, 300)
                            .publishOn(Schedulers.parallel(), 1)
                            .publishOn(trainer, 1)
                            .filter(i -> checkpoints.saveIfDue(++step[0], HERE, () -> STATE))
                            .collectList()
                            .block())
                    .containsExactly(100, 200, 300);
        } finally {
            trainer.dispose();
        }
    }

    @Test
    void nothingIsSavedBeforeTheOldOneWasRead() {
        assertThatIllegalStateException()
                .isThrownBy(() -> checkpoints().save(1, HERE, STATE))
                .withMessageContaining("latest()");
        assertThatIllegalStateException().isThrownBy(() -> checkpoints().saveIfDue(1, HERE, () -> STATE));
    }

    @Test
    void aCloseHoldsForAllInstancesOfTheStore() {
        Checkpoints first = checkpoints();
        Checkpoints derived = first.everySteps(1).every(Duration.ofSeconds(Long.MAX_VALUE));
        derived.latest();
        derived.save(1, HERE, STATE);
        first.close();
        assertThatIllegalStateException().isThrownBy(() -> derived.save(2, HERE, STATE));
        assertThatIllegalStateException().isThrownBy(() -> derived.saveLast(() -> STATE));
        try (Checkpoints another = Checkpoints.directory(directory, JOB)) {
            assertThat(another.latest().orElseThrow().step()).isEqualTo(1);
            assertThatExceptionOfType(CheckpointException.class).isThrownBy(derived::latest);
            assertThatIllegalStateException().isThrownBy(() -> derived.save(2, HERE, STATE));
        }
        assertThat(derived.latest().orElseThrow().step()).isEqualTo(1);
        derived.save(2, HERE, STATE);
    }

    @Test
    void aFailedReadThatReleasesTheLockHoldsForAllInstancesOfTheStore() throws IOException {
        Checkpoints first = checkpoints();
        Checkpoints derived = first.everySteps(1);
        derived.latest();
        Files.writeString(directory.resolve("checkpoint"), "of another program");
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(first::latest);
        assertThatIllegalStateException().isThrownBy(() -> derived.save(1, HERE, STATE));
    }

    @Test
    void aCloseWaitsForASaveOfAnotherInstanceOfTheStore() {
        Checkpoints first = checkpoints();
        Checkpoints derived = first.everySteps(1);
        derived.latest();
        Thread closing = new Thread(first::close);
        assertThat(derived.saveIfDue(1, HERE, () -> {
                    closing.start();
                    await().until(() -> Set.of(BLOCKED, TERMINATED).contains(closing.getState()));
                    assertThat(closing.getState()).isEqualTo(BLOCKED);
                    return STATE;
                }))
                .isTrue();
        await().until(() -> closing.getState() == TERMINATED);
        assertThatIllegalStateException().isThrownBy(() -> derived.save(2, HERE, STATE));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void intervalsArePositive(long interval) {
        assertThatIllegalArgumentException().isThrownBy(() -> checkpoints().everySteps(interval));
        assertThatIllegalArgumentException().isThrownBy(() -> checkpoints().every(Duration.ofSeconds(interval)));
    }

    @Test
    void aFingerprintIsBoundedAndHasEachNameOnce() {
        assertThatIllegalArgumentException().isThrownBy(() -> JOB.with("batch", 65));
        assertThatIllegalArgumentException().isThrownBy(() -> JOB.with(" ", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> JOB.with("x", "y".repeat(1001)));
        assertThatIllegalArgumentException().isThrownBy(() -> JOB.with("x", "half \ud83d"));
        assertThatIllegalArgumentException().isThrownBy(() -> JOB.with("\ude00", "x"));
        Fingerprint large = Fingerprint.of("\ud83d\ude00", "\u0000".repeat(1000));
        for (int i = 1; i < 100; i++) {
            large = large.with(Integer.toString(i), "\u0001".repeat(1000));
        }
        Fingerprint largest = large;
        assertThatIllegalArgumentException().isThrownBy(() -> largest.with("one more", "x"));
        Checkpoints checkpoints = open(directory, largest);
        checkpoints.latest();
        checkpoints.save(1, HERE, STATE);
        assertThat(open(directory, largest).latest()).isPresent();
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(checkpoints()::latest)
                .withMessageContaining("more differences");
    }
}
