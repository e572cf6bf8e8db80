package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.DetectedFormat.Kind;
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
     * @param compression what the user says that objects are compressed by; if they are not, it is an error
     * @param schema says how text is read
     */
    Mono<FrameFormat<RawRecord>> of(Flux<ObjectBytes> objects, Compression compression, RecordSchema schema) {
        return switch (this) {
            case auto -> detected(objects, compression, schema);
            case tfrecord -> chosen(Kind.TFRECORD, compression, TfRecords.format(), schema);
            case recordio -> chosen(Kind.RECORDIO, compression, RecordIo.format(), schema);
            case recordio_dmlc -> chosen(Kind.RECORDIO, compression, RecordIo.format(Dialect.DMLC), schema);
            case lines ->
                chosen(Kind.TEXT_LINES, compression, TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK), schema);
        };
    }

    private static Mono<FrameFormat<RawRecord>> chosen(
            Kind kind, Compression compression, FrameFormat<RawRecord> format, RecordSchema schema) {
        return Mono.fromSupplier(() -> schema.format(kind, compression, format.compression(compression)));
    }

    private static Mono<FrameFormat<RawRecord>> detected(
            Flux<ObjectBytes> objects, Compression said, RecordSchema schema) {
        return Mono.defer(() -> {
            AtomicReference<String> key = new AtomicReference<>("");
            return Formats.detect(objects.doOnNext(object -> key.set(object.key())))
                    .map(found -> {
                        if (said != Compression.NONE && found.compression() != said) {
                            throw new InputException(key + ": expected an object in " + said + ", as --compression or"
                                    + " CompressionType says, but got " + found.reason());
                        }
                        return schema.format(found.kind(), found.compression(), found.format());
                    });
        });
    }
}
