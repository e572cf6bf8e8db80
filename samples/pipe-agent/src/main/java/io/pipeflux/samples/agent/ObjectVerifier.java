package io.pipeflux.samples.agent;

import io.pipeflux.core.DeadLetter;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.Formats;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads each object to its end. If an object has a problem, continues with the next object. */
final class ObjectVerifier {

    private final Function<Flux<ObjectBytes>, Flux<ObjectBytes>> data;
    private final @Nullable FrameFormat<RawRecord> format;
    private final PipelineMonitor monitor = PipelineMonitor.create("verify");

    /**
     * @param prefix the common prefix of the objects' keys
     * @param format the format of the records, or null to verify only the bytes
     */
    ObjectVerifier(String prefix, @Nullable FrameFormat<RawRecord> format) {
        this.data = Formats.dataObjects(prefix);
        this.format = format;
    }

    /** Returns one result for each object, in the order of the objects. */
    Flux<VerifiedObject> verify(Flux<ObjectBytes> objects) {
        return objects.concatMap(this::verify, 0).contextWrite(monitor.watch());
    }

    private Mono<VerifiedObject> verify(ObjectBytes object) {
        return Flux.just(object).transform(data).hasElements().flatMap(isData -> new Count(object, isData).read());
    }

    /**
     * Counts the bytes and records of one object. No synchronization is needed, because Reactor serializes the signals.
     */
    private final class Count {

        private final ObjectBytes object;
        private final @Nullable FrameFormat<RawRecord> decoded;
        private final boolean isData;
        private final long verifiedBefore = monitor.verifiedBytes();
        private long bytes;
        private long records;
        private long corrupt;
        private @Nullable Exception firstCorrupt;

        Count(ObjectBytes object, boolean isData) {
            this.object = object;
            this.isData = isData;
            this.decoded = isData ? format : null;
        }

        Mono<VerifiedObject> read() {
            ObjectBytes counted = object.withBytes(
                    object.size(), from -> object.bytes(from).doOnNext(chunk -> bytes += chunk.remaining()));
            Flux<?> read = decoded == null
                    ? counted.bytes()
                    : Flux.just(counted)
                            .transform(decoded.onCorrupt(SkipPolicy.skip(Integer.MAX_VALUE, Long.MAX_VALUE)
                                            .deadLetters(this::add))
                                    .decodeObjects())
                            .doOnNext(record -> records++);
            return read.then(Mono.fromSupplier(() -> found(null)))
                    .onErrorResume(Exception.class, e -> Mono.just(found(e)));
        }

        private void add(DeadLetter letter) {
            corrupt++;
            firstCorrupt = firstCorrupt == null ? letter.cause() : firstCorrupt;
        }

        private VerifiedObject found(@Nullable Exception error) {
            boolean verified = error == null && bytes > 0 && monitor.verifiedBytes() - verifiedBefore == bytes;
            return new VerifiedObject(
                    object.key(), bytes, decoded == null ? null : records, corrupt, !isData, verified, problem(error));
        }

        private @Nullable String problem(@Nullable Exception error) {
            Exception corruption = firstCorrupt;
            if (corruption == null) {
                return error == null ? null : ErrorLine.message(error);
            }
            String text = corrupt + " corrupt, the first: " + ErrorLine.message(corruption);
            return error == null ? text : text + "; then: " + ErrorLine.message(error);
        }
    }
}
