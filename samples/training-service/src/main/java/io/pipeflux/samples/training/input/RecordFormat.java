package io.pipeflux.samples.training.input;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.records.DetectedFormat;
import io.pipeflux.records.DetectedFormat.Kind;
import io.pipeflux.records.DetectedFormat.Payload;
import io.pipeflux.records.Formats;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.tfrecord.TfRecords;
import java.util.function.Consumer;

/** The framings that the program can be told to read; named as the option's values are. */
public enum RecordFormat {
    /** Judged by the first object, where there are objects. */
    auto,
    /** TFRecord. */
    tfrecord,
    /** RecordIO in SageMaker's dialect. */
    recordio,
    /** RecordIO in MXNet's dialect. */
    recordio_dmlc;

    /** The format of a pipe, which cannot be looked into before it is read: TFRecord if nothing else is said. */
    public FrameFormat<RawRecord> ofPipe() {
        return switch (this) {
            case auto, tfrecord -> TfRecords.format();
            case recordio -> RecordIo.format();
            case recordio_dmlc -> RecordIo.format(Dialect.DMLC);
        };
    }

    /** The format of objects, judged by their first if need be; blocks. */
    public FrameFormat<RawRecord> of(ObjectBytes first, Consumer<String> told) {
        if (this != auto) {
            return ofPipe();
        }
        DetectedFormat found = Formats.detect(first).blockOptional().orElseThrow();
        if (found.kind() == Kind.TEXT_LINES || found.payload() == Payload.AIALGS_RECORD) {
            throw CorruptRecordException.of(
                    "this program trains on tf.train.Example in TFRecord or RecordIO, but " + found.reason(),
                    first.key(),
                    null,
                    null);
        }
        told.accept(first.key() + ": " + found.reason());
        return found.format();
    }
}
