package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SynchronousSink;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * One reading of an object: parts by ranged GETs, one ahead.
 *
 * <pre>
 *   demand  --&gt; | part n: handed on, chunk by chunk | part n+1: handed on ...
 *   GETs        | part n+1: fetched whole           | part n+2: fetched whole ...
 * </pre>
 *
 * A part, if it is not there yet, and the one behind it are fetched when the first chunk of it is asked for: two parts
 * at most, however slow the subscriber.
 */
final class ObjectReading {

    private final S3AsyncClient client;
    private final S3ReadOptions options;
    private final S3ObjectRef object;
    private final long from;
    private final long parts;

    private long nextPart;
    private volatile @Nullable CompletableFuture<Part> current;
    private volatile @Nullable CompletableFuture<Part> ahead;
    private volatile boolean closed;

    private ObjectReading(S3AsyncClient client, S3ReadOptions options, S3ObjectRef object, long from) {
        this.client = client;
        this.options = options;
        this.object = object;
        this.from = from;
        this.parts = (object.size() - from - 1) / options.partSize() + 1; // there is at least one byte
    }

    static Flux<ByteBuffer> bytes(S3AsyncClient client, S3ReadOptions options, S3ObjectRef object, long from) {
        if (from >= object.size()) {
            return Flux.empty();
        }
        return Flux.using(
                () -> new ObjectReading(client, options, object, from), ObjectReading::chunks, ObjectReading::close);
    }

    private Flux<ByteBuffer> chunks() {
        return Flux.generate(this::turnPart).concatMap(part -> part, 0); // 0: the next when this one has ended
    }

    private void turnPart(SynchronousSink<Flux<ByteBuffer>> sink) {
        long n = nextPart++;
        sink.next(OnDemand.defer(() -> Mono.fromFuture(() -> part(n))
                .onErrorMap(e -> S3Failures.reading(client, object, range(n), e))
                .flatMapMany(Part::chunks)));
        if (nextPart == parts) {
            sink.complete();
        }
    }

    private CompletableFuture<Part> part(long n) {
        CompletableFuture<Part> part = ahead;
        if (part == null) {
            part = fetch(n);
        }
        current = part;
        ahead = n + 1 < parts ? fetch(n + 1) : null;
        if (closed) { // meanwhile, by another thread
            close();
        }
        return part;
    }

    private CompletableFuture<Part> fetch(long n) {
        PartRange range = range(n);
        GetObjectRequest request = options.newRequest()
                .bucket(object.bucket())
                .key(object.key())
                .range(range.header())
                .ifMatch(object.etag())
                .build();
        return client.getObject(request, new PartTransformer(object, range));
    }

    private PartRange range(long n) {
        long begin = from + n * options.partSize();
        return new PartRange(begin, (int) Math.min(options.partSize(), object.size() - begin));
    }

    private void close() {
        closed = true;
        cancel(current);
        cancel(ahead);
    }

    /** Aborts a GET under way: the client closes its connection. */
    private static void cancel(@Nullable CompletableFuture<Part> part) {
        if (part != null) {
            part.cancel(true);
        }
    }
}
