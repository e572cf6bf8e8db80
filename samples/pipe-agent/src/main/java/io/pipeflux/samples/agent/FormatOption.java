package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.Formats;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.util.concurrent.atomic.AtomicReference;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How records are framed in a channel's objects; named as the option's values are. */
enum FormatOption {
    auto,
    tfrecord,
    recordio,
    recordio_dmlc,
    lines;

    /**
     * The format of a channel's objects; {@link #auto} detects it and its compression, empty if there is no content.
     *
     * @param gzip whether the user says that objects are in GZIP; if they are not, it is an error
     */
    Mono<FrameFormat<RawRecord>> of(Flux<ObjectBytes> objects, boolean gzip) {
        Compression compression = gzip ? Compression.GZIP : Compression.NONE;
        return switch (this) {
            case auto -> detected(objects, gzip);
            case tfrecord -> Mono.just(TfRecords.format().compression(compression));
            case recordio -> Mono.just(RecordIo.format().compression(compression));
            case recordio_dmlc -> Mono.just(RecordIo.format(Dialect.DMLC).compression(compression));
            case lines ->
                Mono.just(TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK).compression(compression));
        };
    }

    private static Mono<FrameFormat<RawRecord>> detected(Flux<ObjectBytes> objects, boolean gzip) {
        return Mono.defer(() -> {
            AtomicReference<String> key = new AtomicReference<>("");
            return Formats.detect(objects.doOnNext(object -> key.set(object.key())))
                    .map(found -> {
                        if (gzip && found.compression() != Compression.GZIP) {
                            throw new InputException(key + ": expected an object in GZIP, as --compression or"
                                    + " CompressionType says, but got " + found.reason());
                        }
                        return found.format();
                    });
        });
    }
}
