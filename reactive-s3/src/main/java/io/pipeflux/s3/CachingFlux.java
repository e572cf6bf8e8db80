package io.pipeflux.s3;

import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.core.internal.Scans;
import io.pipeflux.core.internal.Throwables;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Writes each chunk of an object into a file of the cache, and then passes the chunk on. The file is completed before
 * {@code onComplete} is emitted. It is removed after an error or a cancel. If the file cannot be written, the bytes are
 * still passed on. Both {@code subscribe} and {@code request} must be called on a thread that may block.
 */
final class CachingFlux extends FluxOperator<ByteBuffer, ByteBuffer> {

    private final CacheDirectory directory;
    private final ChannelThread thread;
    private final Callable<@Nullable CacheWriter> begin;
    private final Consumer<Throwable> onFailure;

    /**
     * @param begin creates the file in the cache, or returns null if the object should not be cached
     * @param onFailure receives the error if the object could not be written to the cache
     */
    CachingFlux(
            Flux<ByteBuffer> source,
            CacheDirectory directory,
            ChannelThread thread,
            Callable<@Nullable CacheWriter> begin,
            Consumer<Throwable> onFailure) {
        super(source);
        this.directory = directory;
        this.thread = thread;
        this.begin = begin;
        this.onFailure = onFailure;
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuffer> actual) {
        Caching caching = new Caching(actual);
        try {
            caching.begin();
            source.subscribe(caching);
        } catch (Throwable t) { // thrown before onSubscribe, for example because memory has run out
            caching.abort();
            Throwables.refuse(actual, Throwables.toSignal(t, actual.currentContext()));
        }
    }

    private final class Caching implements CoreSubscriber<ByteBuffer>, Subscription, Scannable, VerifiedListener {

        private final CoreSubscriber<? super ByteBuffer> actual;
        private @Nullable Subscription s;
        private boolean verified;
        private volatile boolean done;

        // guarded by this, because any thread may cancel
        private @Nullable CacheWriter writer;

        Caching(CoreSubscriber<? super ByteBuffer> actual) {
            this.actual = actual;
        }

        synchronized void begin() {
            try {
                writer = begin.call();
            } catch (Throwable t) {
                onFailure.accept(t);
            }
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            if (Operators.validate(s, subscription)) {
                s = subscription;
                actual.onSubscribe(this);
            }
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            write(chunk);
            actual.onNext(chunk);
        }

        private synchronized void write(ByteBuffer chunk) {
            try {
                if (writer != null) {
                    writer.write(chunk);
                }
            } catch (Throwable t) { // for example, the disk is full
                onFailure.accept(t);
                abort();
            }
        }

        @Override
        public void verified() {
            verified = true;
        }

        @Override
        public void onError(Throwable t) {
            done = true;
            abort();
            actual.onError(t);
        }

        @Override
        public void onComplete() {
            done = true;
            commit();
            actual.onComplete();
        }

        private synchronized void commit() {
            CacheWriter complete = writer;
            if (complete != null) {
                try {
                    directory.commit(complete, verified);
                    writer = null;
                } catch (Throwable t) {
                    onFailure.accept(t);
                    abort();
                }
            }
        }

        synchronized void abort() {
            CacheWriter incomplete = writer;
            writer = null;
            if (incomplete != null) {
                try {
                    directory.abort(incomplete);
                } catch (Throwable t) {
                    onFailure.accept(t);
                }
            }
        }

        @Override
        public void request(long n) {
            upstream().request(n);
        }

        @Override
        public void cancel() {
            upstream().cancel();
            try {
                thread.execute(this::abort); // the caller of cancel must not wait for the disk
            } catch (Throwable noThread) {
                Throwables.attempt(this::abort, currentContext());
            }
        }

        private Subscription upstream() {
            return s == null ? Operators.cancelledSubscription() : s;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        @SuppressWarnings("rawtypes") // Reactor declares the raw type
        public @Nullable Object scanUnsafe(Attr key) {
            return Scans.synchronous(key, s, actual, done);
        }
    }
}
