package io.pipeflux.core.suite;

import static org.testng.Assert.assertNull;

import java.lang.ref.WeakReference;
import org.awaitility.Awaitility;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.TestEnvironment.ManualSubscriber;
import org.testng.annotations.Test;

/**
 * The Reactive Streams TCK for publishers, such that no rule fails only because the machine is busy, and none waits
 * longer than it must.
 */
public abstract class PublisherTck<T> extends PublisherVerification<T> {

    // What must happen may take long. A check that nothing happens finds less when it is short, but never fails
    // falsely.
    private static final int NOTHING_HAPPENS_MILLIS = 50;
    private static final int LOOK_EVERY_MILLIS = 10;

    private final TestEnvironment environment;

    protected PublisherTck() {
        this(environment());
    }

    private PublisherTck(TestEnvironment environment) {
        super(environment);
        this.environment = environment;
    }

    /** Patient where something must happen, quick where nothing may. */
    public static TestEnvironment environment() {
        return new TestEnvironment(
                Math.toIntExact(Patience.PATIENCE.toMillis()), NOTHING_HAPPENS_MILLIS, LOOK_EVERY_MILLIS);
    }

    /** The TCK's own version sleeps for a fixed time, collects garbage once and then waits for 100 ms. */
    @Override
    @Test
    public void required_spec313_cancelMustMakeThePublisherEventuallyDropAllReferencesToTheSubscriber()
            throws Throwable {
        activePublisherTest(3, false, publisher -> {
            WeakReference<ManualSubscriber<T>> reference = cancelled(publisher);
            Awaitility.await().atMost(Patience.PATIENCE).untilAsserted(() -> {
                System.gc();
                assertNull(reference.get(), "the subscriber that " + publisher + " still refers to");
            });
            environment.verifyNoAsyncErrorsNoDelay();
        });
    }

    // In a method of its own: its frame must not keep the subscriber alive.
    private WeakReference<ManualSubscriber<T>> cancelled(Publisher<T> publisher) throws InterruptedException {
        ManualSubscriber<T> subscriber = environment.newManualSubscriber(publisher);
        subscriber.request(1);
        subscriber.nextElement();
        subscriber.cancel();
        return new WeakReference<>(subscriber);
    }
}
