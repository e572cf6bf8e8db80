package io.pipeflux.s3;

import io.pipeflux.core.internal.ChannelThread;
import io.pipeflux.s3.Upload.SentPart;
import io.pipeflux.s3.WriteCalls.Begun;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

/**
 * Sends the bytes of one object for one subscriber.
 *
 * <pre>{@code
 *   bytes --> part 1, part 2, ... --sent, several at a time--> Upload --commit--> object
 *               |                            |
 *               +-- begins the upload        +-- error or cancel: the upload is aborted
 * }</pre>
 *
 * <p>The client is called on its {@link ClientThreads}. The source is requested on the upload's thread, where it may
 * block.
 */
final class ObjectUpload {

    private final WriteCalls calls;
    private final S3Uri object;
    private final String mark = UUID.randomUUID().toString();
    private final ChannelThread thread;
    private final Scheduler scheduler;
    private final Mono<Begun> upload;
    private final Sinks.Empty<Void> settled = Sinks.empty();
    private volatile boolean begun;

    ObjectUpload(WriteCalls calls, S3Uri object) {
        this.calls = calls;
        this.object = object;
        this.thread = new ChannelThread("write " + object);
        this.scheduler = WriteCalls.scheduler(thread);
        // cached, so that an abort gets the upload's id even if the subscriber cancelled while the upload was being
        // created
        this.upload = Mono.defer(() -> {
                    begun = true;
                    return calls.create(object, mark);
                })
                .cache();
    }

    /**
     * Returns a Mono that completes when the upload is done or aborted. After a cancel, no other signal reports the end
     * of the upload. The Mono fails if the upload was cancelled but could not be aborted.
     */
    Mono<Void> settled() {
        return settled.asMono();
    }

    /** Sends all bytes as parts, without a commit. */
    Mono<Upload> prepared(Publisher<ByteBuffer> bytes) {
        return orAborted(parts(bytes, false).flatMap(this::all));
    }

    /** Sends all bytes and commits them. An object that fits into one part is sent in a single request. */
    Mono<WrittenObject> written(Publisher<ByteBuffer> bytes) {
        return orAborted(parts(bytes, true)
                .flatMap(parts -> begun ? all(parts).flatMap(calls::commit) : Mono.just(written(parts.get(0))))
                .publishOn(scheduler));
    }

    private <T> Mono<T> orAborted(Mono<T> sending) {
        return Mono.usingWhen(
                Mono.fromSupplier(() -> {
                    thread.hold();
                    return this;
                }),
                run -> sending,
                run -> Mono.empty().doFinally(signal -> run.end()),
                ObjectUpload::abortAfter,
                run -> run.abortAfter(null));
    }

    private Mono<Void> abortAfter(@Nullable Throwable error) {
        return abort().onErrorResume(ofAbort -> {
                    if (error != null) {
                        error.addSuppressed(ofAbort);
                    }
                    return error == null ? Mono.error(ofAbort) : Mono.empty();
                })
                .doOnError(settled::tryEmitError)
                .doFinally(signal -> end());
    }

    /** Releases the upload's thread. Called after the result was emitted. */
    private void end() {
        thread.release();
        settled.tryEmitEmpty();
    }

    private Mono<Void> abort() {
        return begun
                ? upload.onErrorComplete() // an upload that could not be created need not be aborted
                        .flatMap(it -> calls.abort(object, it.id()))
                        .then()
                        .publishOn(scheduler)
                : Mono.empty();
    }

    private Mono<List<SentPart>> parts(Publisher<ByteBuffer> bytes, boolean mayPut) {
        return new PartCutter(object, calls.options().partSize(), calls.memory())
                .cut(Flux.from(bytes))
                .flatMap(part -> send(part, mayPut), calls.options().partsInFlight(), 1)
                .collectSortedList(Comparator.comparingInt(SentPart::number));
    }

    private Mono<SentPart> send(PartBytes part, boolean mayPut) {
        // a part that is not full is the last one; if it is also the first one, it is the whole object
        boolean whole = mayPut && part.number() == 1 && !part.isFull();
        return (whole ? calls.put(object, part) : upload.flatMap(it -> calls.part(object, it, part)))
                .doOnNext(sent -> part.release())
                .publishOn(scheduler);
    }

    private Mono<Upload> all(List<SentPart> parts) {
        return upload.map(it -> new Upload(object, it.id(), mark, size(parts), sum(parts), parts));
    }

    private WrittenObject written(SentPart whole) {
        return new WrittenObject(object.toString(), whole.length(), whole.etag());
    }

    private static long size(List<SentPart> parts) {
        return parts.stream().mapToLong(SentPart::length).sum();
    }

    /** Returns the checksum of the object, or null if the parts were sent without checksums. */
    private static @Nullable String sum(List<SentPart> parts) {
        byte[] all = null;
        for (SentPart part : parts) {
            if (part.sum() == null) {
                return null;
            }
            byte[] sum = SumKind.bytes(part.sum());
            all = all == null ? sum : SumKind.CRC32C.combine(all, sum, part.length());
        }
        return all == null ? null : SumKind.text(all);
    }
}
