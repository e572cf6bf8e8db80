package io.pipeflux.core.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** BlockHound throws no error inside the lock of a queue, where the error would stop the queue's executor. */
class QueueLocksTest {

    /** Holds the locks of a queue that looks for it, until it is released. */
    private static final class Holder {

        private final CountDownLatch holds = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public boolean equals(Object other) {
            holds.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        }

        @Override
        public int hashCode() {
            return 0;
        }
    }

    @Test
    void anOfferWaitsForTheLockOnAThreadThatMustNotBlock() throws Exception {
        LinkedBlockingQueue<Object> queue = new LinkedBlockingQueue<>();
        queue.add("first");
        Holder holder = new Holder();
        CompletableFuture<Boolean> found = CompletableFuture.supplyAsync(() -> queue.contains(holder));
        holder.holds.await();
        AtomicReference<Thread> offering = new AtomicReference<>();
        CompletableFuture<Boolean> offered = CompletableFuture.supplyAsync(
                () -> {
                    offering.set(Thread.currentThread());
                    return queue.offer("second");
                },
                command -> Schedulers.parallel().schedule(command));

        await().until(() ->
                offered.isDone() || (offering.get() != null && offering.get().getState() == Thread.State.WAITING));
        holder.released.countDown();

        assertThat(offered.get()).isTrue();
        assertThat(found.get()).isFalse();
        assertThat(queue).containsExactly("first", "second");
    }
}
