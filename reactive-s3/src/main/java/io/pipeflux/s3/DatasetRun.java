package io.pipeflux.s3;

import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Writes one dataset for one subscriber.
 *
 * <pre>{@code
 *   elements --split--> object 0 --encode, send--> Upload --+
 *                       object 1 --encode, send--> Upload --+--commit all--> indexes --> manifest
 *                       ...                                 |
 *                                                           +--after an error or a cancel: abort all
 * }</pre>
 *
 * <p>As soon as the encoder has emitted enough bytes, the next element begins the next object. Elements are requested
 * one at a time, so at most one element has not been encoded yet. If there is an index, the next object begins where
 * the sum of the expected sizes of the elements is large enough, regardless of the encoder's output.
 */
final class DatasetRun<T> {

    private static final int COMMITS_IN_FLIGHT = 4;

    private record Prepared(DatasetObject object, Upload upload) {}

    private record Committed(DatasetObject object, WrittenObject written) {}

    private final DatasetPlan<T> dataset;
    private final String part;
    private final S3Writer writer;
    private final List<Prepared> prepared = new ArrayList<>(); // accessed by one thread at a time
    // each Mono completes when its upload is done or aborted
    private final Queue<Mono<Void>> uploads = new ConcurrentLinkedQueue<>();
    private final Queue<DatasetObject> begun = new ConcurrentLinkedQueue<>();
    private DatasetObject last;
    private long sum; // the expected size of the current object in bytes
    private int count;

    /** @param part the prefix of the object names */
    DatasetRun(DatasetPlan<T> dataset, String part) {
        this.dataset = dataset;
        this.part = part;
        this.writer = dataset.writer();
        this.last = begin();
    }

    Mono<WrittenDataset> write(Flux<T> elements) {
        return Mono.usingWhen(
                Mono.just(this),
                run -> writer.requireEmpty(dataset.folder())
                        .then(writer.requireAbsent(S3Uri.parse(dataset.manifest())))
                        .thenMany(prepare(elements, nothing()))
                        .then(Mono.defer(this::commit)),
                run -> Mono.empty(),
                DatasetRun::abortAfter,
                run -> run.abortAfter(null));
    }

    /** Sends the elements to the store, but leaves the commits of the objects to the caller. */
    Mono<List<Upload>> prepareOnly(Flux<T> elements) {
        return Mono.usingWhen(
                Mono.just(this),
                run -> prepare(elements, Flux.empty()).map(Prepared::upload).collectList(),
                run -> Mono.empty(),
                DatasetRun::abortAfter,
                run -> run.abortAfter(null));
    }

    private DatasetObject begin() {
        DatasetObject next = new DatasetObject(part, count, dataset.suffix(), dataset.indexEvery());
        count++;
        begun.add(next);
        return next;
    }

    // == objects ==

    private Flux<Prepared> prepare(Flux<T> elements, Flux<Prepared> ifNone) {
        return elements.switchOnFirst((first, all) -> first.hasValue() || first.isOnError() ? objects(all) : ifNone);
    }

    private Flux<Prepared> objects(Flux<T> elements) {
        return elements.windowUntil(this::isNext, true, 1).concatMap(this::prepareNext, 0);
    }

    private Flux<Prepared> nothing() {
        return Flux.error(() -> CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.BAD_DATASET,
                "expected at least one element to write, but got none: no dataset was written",
                dataset.folder().toString(),
                null,
                null));
    }

    /** Returns whether an element begins a new object. Called once for each element, in order. */
    private boolean isNext(T element) {
        boolean full = (dataset.indexEvery() > 0 ? sum : last.encoded()) >= dataset.objectBytes();
        if (full) {
            last = begin();
            sum = 0;
        }
        sum += dataset.encodedBytes().applyAsLong(element);
        return full;
    }

    private Mono<Prepared> prepareNext(Flux<T> elements) {
        DatasetObject object = begun.remove();
        Flux<ByteBuffer> bytes = dataset.encoder()
                .apply(elements.doOnNext(it -> object.add(dataset.encodedBytes().applyAsLong(it))))
                .doOnNext(chunk -> object.encoded(chunk.remaining()));
        return writer.prepare(dataset.folder() + object.name(), bytes, uploads::add)
                .map(upload -> {
                    Prepared done = new Prepared(object, upload);
                    // added even after a cancel, because abortAfter() aborts only the uploads in this list
                    prepared.add(done);
                    if (dataset.indexEvery() > 0 && object.expected() != upload.size()) {
                        throw CoreAccess.exception(
                                ObjectWriteException.class,
                                ErrorKind.BAD_DATASET,
                                "the index would be wrong: expected the elements to become " + object.expected()
                                        + " bytes, according to the function given for the index, but got "
                                        + upload.size(),
                                upload.uri(),
                                null,
                                null);
                    }
                    return done;
                });
    }

    // == commit or abort ==

    private Mono<WrittenDataset> commit() {
        return Flux.fromIterable(prepared)
                .flatMapSequential(
                        it -> writer.commit(it.upload()).map(written -> new Committed(it.object(), written)),
                        COMMITS_IN_FLIGHT)
                .collectList()
                .flatMap(this::describe);
    }

    private Mono<WrittenDataset> describe(List<Committed> objects) {
        String folder = dataset.folder().toString();
        String manifest = dataset.manifest();
        List<WrittenObject> written = objects.stream().map(Committed::written).toList();
        long records = objects.stream().mapToLong(it -> it.object().records()).sum();
        return indexes(objects, dataset.beside() + ".index/")
                .then(writer.write(
                        manifest,
                        Mono.fromSupplier(() -> DatasetJson.manifest(
                                folder,
                                objects.stream().map(it -> it.object().name()).toList())),
                        uploads::add))
                .map(done -> new WrittenDataset(manifest, written, records));
    }

    private Mono<Void> indexes(List<Committed> objects, String folder) {
        if (dataset.indexEvery() == 0) {
            return Mono.empty();
        }
        return Flux.fromIterable(objects)
                .flatMap(
                        it -> writer.write(
                                folder + it.object().name() + ".json",
                                Mono.fromSupplier(
                                        () -> DatasetJson.index(it.object(), it.written(), dataset.indexEvery())),
                                uploads::add),
                        COMMITS_IN_FLIGHT)
                .then();
    }

    /**
     * Aborts all uploads, and completes when the store has removed them. First waits for the current upload, which
     * aborts itself if the source fails or the subscriber cancels.
     */
    private Mono<Void> abortAfter(@Nullable Throwable error) {
        Mono<Void> cancelled =
                Flux.fromIterable(uploads).concatMapDelayError(it -> it).then();
        Mono<Void> aborted = Flux.defer(() -> Flux.fromIterable(List.copyOf(prepared)))
                .flatMapDelayError(it -> writer.abort(it.upload()), COMMITS_IN_FLIGHT, 1)
                .then();
        return Flux.concatDelayError(cancelled, aborted).then().onErrorResume(ofAbort -> {
            if (error == null) {
                return Mono.error(ofAbort);
            }
            error.addSuppressed(ofAbort);
            return Mono.empty();
        });
    }
}
