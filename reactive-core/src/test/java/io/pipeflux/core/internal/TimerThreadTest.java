package io.pipeflux.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.NonBlocking;

class TimerThreadTest {

    private final TimerThread timer = new TimerThread("timer of a test");

    @Test
    void runsTasksInTheOrderOfTheirTimesAndNeverTooEarly() {
        List<String> ran = new CopyOnWriteArrayList<>();
        long begin = System.nanoTime();
        timer.schedule(() -> ran.add("second"), TimeUnit.MILLISECONDS.toNanos(200));
        timer.schedule(() -> ran.add("first"), TimeUnit.MILLISECONDS.toNanos(100));
        timer.schedule(() -> ran.add("at once"), -1);
        await().until(() -> ran.size() == 3);
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
        assertThat(ran).containsExactly("at once", "first", "second");
    }

    @Test
    void aCancelledTaskIsNotRun() {
        AtomicInteger ran = new AtomicInteger();
        timer.schedule(ran::incrementAndGet, TimeUnit.MILLISECONDS.toNanos(50)).cancel();
        timer.schedule(() -> ran.addAndGet(10), TimeUnit.MILLISECONDS.toNanos(100));
        await().until(() -> ran.get() >= 10);
        assertThat(ran).hasValue(10);
    }

    @Test
    void goesOnAfterATaskThatThrowsOrInterrupts() {
        AtomicInteger ran = new AtomicInteger();
        timer.schedule(() -> Thread.currentThread().setUncaughtExceptionHandler((t, e) -> ran.incrementAndGet()), 0);
        timer.schedule(
                () -> {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("thrown by the task");
                },
                1);
        timer.schedule(ran::incrementAndGet, TimeUnit.MILLISECONDS.toNanos(10));
        await().until(() -> ran.get() == 2);
    }

    @Test
    void schedulesFromEventLoopsWithoutWaiting() throws InterruptedException {
        int rounds = 30_000;
        AtomicInteger ran = new AtomicInteger();
        List<Throwable> thrown = new CopyOnWriteArrayList<>();
        List<EventLoop> loops = IntStream.range(0, 3)
                .mapToObj(i -> new EventLoop(() -> {
                    for (int n = 0; n < rounds; n++) {
                        timer.schedule(ran::incrementAndGet, n % 1000);
                        timer.schedule(() -> ran.addAndGet(3 * rounds), TimeUnit.SECONDS.toNanos(100))
                                .cancel();
                    }
                }))
                .toList();
        loops.forEach(loop -> loop.setUncaughtExceptionHandler((t, e) -> thrown.add(e)));
        loops.forEach(Thread::start);
        for (Thread loop : loops) {
            loop.join();
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> ran.get() == 3 * rounds);
        assertThat(thrown).isEmpty();
    }

    @Test
    void itsThreadEndsWhenNothingIsLeftAndComesAgain() {
        TimerThread brief = new TimerThread("brief timer", TimeUnit.MILLISECONDS.toNanos(50));
        for (int i = 1; i <= 3; i++) {
            AtomicInteger ran = new AtomicInteger();
            brief.schedule(ran::incrementAndGet, 0);
            await().until(() -> ran.get() == 1
                    && Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().equals("brief timer")));
        }
    }

    @Test
    void aCancelledTaskDoesNotKeepTheThread() {
        TimerThread brief = new TimerThread("timer of cancelled tasks", TimeUnit.MILLISECONDS.toNanos(50));
        TimerThread.Timed first = brief.schedule(() -> {}, TimeUnit.HOURS.toNanos(1));
        TimerThread.Timed second = brief.schedule(() -> {}, TimeUnit.HOURS.toNanos(2));
        AtomicInteger ran = new AtomicInteger();
        brief.schedule(ran::incrementAndGet, 0);
        await().until(() -> ran.get() == 1); // the thread waits for the first one
        first.cancel();
        second.cancel();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("timer of cancelled tasks")));
    }

    @Test
    void noTaskIsLostWhileItsThreadEnds() {
        TimerThread brief = new TimerThread("brief timer", 0);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 1; i <= 20_000; i++) {
            int before = i - 1;
            brief.schedule(ran::incrementAndGet, 0);
            if (i % 100 == 0) {
                int all = i;
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> ran.get() == all);
            }
            assertThat(ran.get()).isBetween(before - 100, i);
        }
    }

    private static final class EventLoop extends Thread implements NonBlocking {

        EventLoop(Runnable task) {
            super(task);
        }
    }
}
