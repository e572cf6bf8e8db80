package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.core.suite.OpenResources;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ProcessLockTest {

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("lock");
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(OpenResources.descriptorsBelow(directory)).isEmpty();
    }

    private static void assertRefusedElsewhere(String holder, Path... paths) throws IOException {
        try (ForkedJvm other = ForkedJvm.run(ProcessLockMain.class, (Object[]) paths)) {
            for (int i = 0; i < paths.length; i++) {
                assertThat(other.readLine()).isEqualTo("refused: " + holder);
            }
        }
    }

    private static void assertTakenElsewhere(Path path) throws IOException {
        try (ForkedJvm other = ForkedJvm.run(ProcessLockMain.class, path)) {
            assertThat(other.readLine()).isEqualTo("taken");
        }
    }

    @Test
    void aRefusedAttemptOfTheSameProcessDoesNotEndTheLock() throws Exception {
        try (ProcessLock first = ProcessLock.tryTake(file)) {
            first.write("the first");
            for (int i = 0; i < 3; i++) {
                assertThat(ProcessLock.tryTake(file)).isNull();
                assertThat(ProcessLock.holder(file)).isEqualTo("the first");
            }
            assertRefusedElsewhere("the first", file);
        }
        assertTakenElsewhere(file);
    }

    @Test
    void itIsKnownByALinkedDirectoryToo() throws Exception {
        Path linked = Files.createSymbolicLink(directory.resolve("linked"), directory);
        try (ProcessLock first = ProcessLock.tryTake(file)) {
            first.write("the first");
            assertThat(ProcessLock.tryTake(linked.resolve("lock"))).isNull();
            assertThat(ProcessLock.holder(linked.resolve("lock"))).isEqualTo("the first");
            assertRefusedElsewhere("the first", file, linked.resolve("lock"));
        }
    }

    @Test
    void aLinkInItsPlaceIsRefusedAndItsTargetLeftAlone() throws Exception {
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        Files.createSymbolicLink(file, victim);
        assertThatThrownBy(() -> ProcessLock.tryTake(file)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ProcessLock.holder(file)).isInstanceOf(IOException.class);
        assertThat(victim).hasContent("precious");
        try (ProcessLock ofTheTarget = ProcessLock.tryTake(victim)) {
            assertThatThrownBy(() -> ProcessLock.tryTake(file)).isInstanceOf(IOException.class);
            assertTakenOnceClosed(ofTheTarget, victim);
        }
    }

    private static void assertTakenOnceClosed(ProcessLock lock, Path path) throws IOException {
        lock.write("held");
        assertRefusedElsewhere("held", path);
        lock.close();
        assertTakenElsewhere(path);
    }

    @Test
    void aLinkToNothingIsRefusedAndNothingIsMadeThere() throws Exception {
        Path target = directory.resolve("target");
        Files.createSymbolicLink(file, target);
        assertThatThrownBy(() -> ProcessLock.tryTake(file)).isInstanceOf(IOException.class);
        assertThat(target).doesNotExist();
    }

    @Test
    @Timeout(30)
    void aPipeOrADirectoryInItsPlaceIsRefusedAtOnce() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> ProcessLock.tryTake(file)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ProcessLock.holder(file)).isInstanceOf(IOException.class);
        Path occupied = Files.createDirectory(directory.resolve("occupied"));
        assertThatThrownBy(() -> ProcessLock.tryTake(occupied)).isInstanceOf(IOException.class);
    }

    /** As when a link is put there between the look at the file and its opening. */
    @Test
    void aFileThatIsNotTheOneThatWasFoundIsNotLocked() throws Exception {
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        AtomicInteger closed = new AtomicInteger();
        assertThatThrownBy(() -> ProcessLock.tryTake(file, path -> {
                    RandomAccessFile opened = new RandomAccessFile(victim.toFile(), "rw");
                    return () -> {
                        opened.close();
                        closed.incrementAndGet();
                    };
                }))
                .isInstanceOf(IOException.class);
        assertThat(closed).hasPositiveValue();
    }

    @Test
    void itMovesWithItsDirectory() throws Exception {
        Path before = Files.createDirectory(directory.resolve("before"));
        Path after = directory.resolve("after");
        try (ProcessLock first = ProcessLock.tryTake(before.resolve("lock"))) {
            first.write("the first");
            Files.move(before, after);
            assertThat(ProcessLock.tryTake(after.resolve("lock"))).isNull();
            Files.createDirectory(before);
            try (ProcessLock second = ProcessLock.tryTake(before.resolve("lock"))) {
                assertThat(second).isNotNull();
            }
            assertRefusedElsewhere("the first", after.resolve("lock"));
        }
        assertTakenElsewhere(after.resolve("lock"));
    }

    @Test
    void aFileThatReplacesALockedOneIsAnother() throws Exception {
        try (ProcessLock first = ProcessLock.tryTake(file)) {
            first.write("the first");
            assertThat(first.isAt(file)).isTrue();
            Path moved = Files.move(file, directory.resolve("moved"));
            assertThat(first.isAt(file)).isFalse();
            assertThat(first.isAt(moved)).isTrue();
            try (ProcessLock second = ProcessLock.tryTake(file)) {
                second.write("the second");
                assertThat(first.isAt(file)).isFalse();
                assertRefusedElsewhere("the second", file);
                assertRefusedElsewhere("the first", moved);
            }
            assertTakenElsewhere(file);
            assertRefusedElsewhere("the first", moved);
        }
    }

    @Test
    void whatAnotherProcessHoldsIsRefusedAndNamedUntilItIsKilled() throws Exception {
        try (ForkedJvm other = ForkedJvm.run(ProcessLockMain.class, file)) {
            assertThat(other.readLine()).isEqualTo("taken");
            assertThat(ProcessLock.tryTake(file)).isNull();
            assertThat(ProcessLock.holder(file)).isEqualTo("another process");
        }
        try (ProcessLock lock = ProcessLock.tryTake(file)) {
            assertThat(lock).isNotNull();
        }
    }

    @Test
    void closingAgainDoesNotEndTheNextOnesLock() throws Exception {
        ProcessLock first = ProcessLock.tryTake(file);
        first.close();
        try (ProcessLock second = ProcessLock.tryTake(file)) {
            second.write("the second");
            first.close();
            assertThat(ProcessLock.tryTake(file)).isNull();
            assertRefusedElsewhere("the second", file);
        }
    }

    @Test
    void anInterruptedThreadTakesAndKeepsTheLock() throws Exception {
        Thread.currentThread().interrupt();
        try (ProcessLock first = ProcessLock.tryTake(file)) {
            first.write("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            assertRefusedElsewhere("interrupted", file);
        }
    }

    /** As of two applications in one server, each with the library. */
    @Test
    void aCopyOfTheClassInAnotherLoaderIsRefusedAndDoesNotEndTheLock() throws Exception {
        URL classes = ProcessLock.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
            Class<?> copy = loader.loadClass(ProcessLock.class.getName());
            Method tryTake = copy.getMethod("tryTake", Path.class);
            Method holder = copy.getMethod("holder", Path.class);
            try (ProcessLock first = ProcessLock.tryTake(file)) {
                first.write("the first");
                for (int i = 0; i < 3; i++) {
                    assertThat(tryTake.invoke(null, file)).isNull();
                    assertThat(holder.invoke(null, file)).isEqualTo("the first");
                }
                assertThat(OpenResources.descriptorsBelow(directory)).hasSize(2); // its own is kept open, once
                assertRefusedElsewhere("the first", file);
            }
            try (AutoCloseable second = (AutoCloseable) tryTake.invoke(null, file)) {
                assertThat(second).isNotNull();
                assertThat(ProcessLock.tryTake(file)).isNull();
                assertRefusedElsewhere("the first", file); // which the file still says
            }
            try (ProcessLock third = ProcessLock.tryTake(file)) {
                assertThat(third).isNotNull();
            }
        }
    }
}
