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

/** The record formats of a channel's objects. The constants' names are the values of {@code --record-format}. */
enum FormatOption {
    auto,
    tfrecord,
    recordio,
    recordio_dmlc,
    lines;

    /**
     * Returns the format of a channel's objects. {@link #auto} detects the format and the compression, and returns an
     * empty Mono if all objects are empty.
     *
     * @param compression the compression that the user has chosen. An object with a different compression causes an
     *     error, with one exception: if this parameter is {@code NONE}, {@link #auto} detects the compression
     * @param schema determines how text is read
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
