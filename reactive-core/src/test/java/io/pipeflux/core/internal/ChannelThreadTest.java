package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import reactor.core.scheduler.NonBlocking;

class ChannelThreadTest {

    private String name;
    private ChannelThread thread;

    @BeforeEach
    void name(TestInfo test) {
        name = "channel of " + test.getTestMethod().orElseThrow().getName();
        thread = new ChannelThread(name);
    }

    @Test
    void runsTasksInOrderOnOneNamedDaemonThread() throws InterruptedException {
        thread.hold();
        assertThat(threads()).isEmpty();
        List<Integer> ran = new CopyOnWriteArrayList<>();
        var seen = new ConcurrentLinkedQueue<Thread>();
        CountDownLatch all = new CountDownLatch(1000);
        for (int i = 0; i < 1000; i++) {
            int n = i;
            thread.execute(() -> {
                ran.add(n);
                seen.add(Thread.currentThread());
                all.countDown();
            });
        }
        all.await();
        assertThat(ran).isEqualTo(IntStream.range(0, 1000).boxed().toList());
        assertThat(seen.peek().getName()).isEqualTo("pipeflux-" + name);
        assertThat(seen.peek().isDaemon()).isTrue();
        thread.release();
        await().until(() -> threads().isEmpty());
    }

    @Test
    void livesFromTheFirstTaskToTheLastRelease() {
        thread.hold();
        thread.hold();
        thread.start();
        await().until(() -> threads().size() == 1);
        thread.release();
        await().during(Duration.ofMillis(100)).until(() -> threads().size() == 1);
        thread.release();
        await().until(() -> threads().isEmpty());

        CountDownLatch again = new CountDownLatch(1);
        thread.execute(again::countDown); // held by nobody: a thread for this task alone
        await().until(() -> again.getCount() == 0 && threads().isEmpty());
    }

    @Test
    void goesOnAfterATaskThatThrows() {
        thread.hold();
        var reported = new AtomicReference<Throwable>();
        CountDownLatch next = new CountDownLatch(1);
        Error error = new AssertionError("thrown by the task");
        thread.execute(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {
                reported.set(e);
                throw new IllegalStateException("thrown by the handler");
            });
            throw error;
        });
        thread.execute(next::countDown);
        await().until(() -> next.getCount() == 0);
        assertThat(reported.get()).isSameAs(error);
        thread.release();
        await().until(() -> threads().isEmpty());
    }

    @Test
    void doesNotSpinAfterATaskThatLeavesTheInterruptFlag() {
        thread.hold();
        var flags = new CopyOnWriteArrayList<Boolean>();
        thread.execute(() -> Thread.currentThread().interrupt());
        thread.execute(() -> flags.add(Thread.currentThread().isInterrupted()));
        await().until(() -> flags.equals(List.of(false)));
        await().until(() -> threads().get(0).getState() == Thread.State.WAITING);
        thread.release();
        await().until(() -> threads().isEmpty());
    }

    @Test
    void tasksThatBlockForEverDoNotKeepOthersFromRunning() {
        thread.hold();
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger blocked = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            thread.execute(() -> {
                blocked.incrementAndGet();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            thread.execute(ran::incrementAndGet);
        }
        await().until(() -> blocked.get() == 5 && ran.get() == 5);
        assertThat(threads()).hasSizeLessThanOrEqualTo(6);
        never.countDown();
        await().until(() -> threads().size() <= 1);
        thread.release();
        await().until(() -> threads().isEmpty());
    }

    /** A thread that is replaced just when its task ends waits for the next one: then nobody would wake it again. */
    @Test
    void noThreadIsLeftWhereATaskEndsWhileItIsTakenForBlocked() {
        int channels = 100;
        List<ChannelThread> all = new ArrayList<>();
        for (int i = 0; i < channels; i++) {
            all.add(new ChannelThread(name));
        }
        for (int round = 0; round < 10; round++) {
            CountDownLatch ran = new CountDownLatch(2 * channels);
            for (int i = 0; i < channels; i++) {
                long nanos = TimeUnit.MICROSECONDS.toNanos(19_500 + 3000 * i / channels);
                ChannelThread channel = all.get(i);
                channel.hold();
                channel.execute(() -> {
                    for (long end = System.nanoTime() + nanos; System.nanoTime() < end; ) {
                        LockSupport.parkNanos(end - System.nanoTime());
                    }
                    ran.countDown();
                });
                channel.execute(ran::countDown);
            }
            await().until(() -> ran.getCount() == 0);
            all.forEach(ChannelThread::release);
            await().until(() -> threads().isEmpty());
        }
    }

    @Test
    void aTaskMayWaitForAnotherOfTheSameThread() {
        CountDownLatch other = new CountDownLatch(1);
        CountDownLatch both = new CountDownLatch(1);
        thread.execute(() -> {
            thread.execute(other::countDown);
            try {
                other.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            both.countDown();
        });
        await().until(() -> both.getCount() == 0 && threads().isEmpty());
    }

    @Test
    void eachTaskRunsOnceHoweverThreadsComeAndGo() throws InterruptedException {
        int rounds = 20_000;
        AtomicInteger ran = new AtomicInteger();
        List<Thread> racers = IntStream.range(0, 3)
                .mapToObj(racer -> (Thread) new EventLoop(() -> {
                    for (int i = 0; i < rounds; i++) {
                        thread.hold();
                        thread.execute(ran::incrementAndGet);
                        thread.release();
                        if (i % 64 == racer) {
                            thread.start();
                        }
                    }
                }))
                .toList();
        racers.forEach(Thread::start);
        for (Thread racer : racers) {
            racer.join();
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> ran.get() == 3 * rounds);
        thread.release(); // a hold too few must not matter to the thread's end
        thread.hold();
        await().atMost(Duration.ofSeconds(60)).until(() -> threads().isEmpty());
        assertThat(ran).hasValue(3 * rounds);
    }

    private List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().equals("pipeflux-" + name))
                .toList();
    }

    /** BlockHound lets nothing wait here. */
    private static final class EventLoop extends Thread implements NonBlocking {

        EventLoop(Runnable task) {
            super(task);
            setUncaughtExceptionHandler((t, e) -> e.printStackTrace());
        }
    }
}
