package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.DetectedFormat;
import io.pipeflux.records.Formats;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How records are framed in a channel's objects; named as the option's values are. */
enum FormatOption {
    auto,
    tfrecord,
    recordio,
    recordio_dmlc,
    lines;

    /** The format of a channel's objects; {@link #auto} detects it and its compression, empty if there is no content. */
    Mono<FrameFormat<RawRecord>> of(Flux<ObjectBytes> objects, boolean gzip) {
        Compression compression = gzip ? Compression.GZIP : Compression.NONE;
        return switch (this) {
            case auto -> Formats.detect(objects).map(DetectedFormat::format);
            case tfrecord -> Mono.just(TfRecords.format().compression(compression));
            case recordio -> Mono.just(RecordIo.format().compression(compression));
            case recordio_dmlc -> Mono.just(RecordIo.format(Dialect.DMLC).compression(compression));
            case lines ->
                Mono.just(TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK).compression(compression));
        };
    }
}
