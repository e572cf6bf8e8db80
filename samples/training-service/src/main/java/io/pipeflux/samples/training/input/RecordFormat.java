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
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

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

    /**
     * Returns the format that a channel's settings in {@code inputdataconfig.json} declare for its pipes: RecordIO if
     * {@code RecordWrapperType} says so or {@code ContentType} is one of RecordIO, else {@link #auto}.
     */
    public static RecordFormat declared(Map<String, String> settings) {
        if (settings.getOrDefault("RecordWrapperType", "None").equalsIgnoreCase("RecordIO")) {
            return recordio;
        }
        String type = settings.getOrDefault("ContentType", "").strip().toLowerCase(Locale.ROOT);
        if (type.startsWith("application/x-recordio")) {
            return recordio;
        }
        return type.startsWith("application/x-tfrecord") ? tfrecord : auto;
    }

    /** The format of a pipe, which cannot be looked into before it is read: TFRecord if nothing else is said. */
    public FrameFormat<RawRecord> ofPipe() {
        return switch (this) {
            case auto, tfrecord -> TfRecords.format();
            case recordio -> RecordIo.format();
            case recordio_dmlc -> RecordIo.format(Dialect.DMLC);
        };
    }

    /**
     * The format of objects, judged by the first with content if need be; blocks. That of no records, if there is none.
     */
    public FrameFormat<RawRecord> of(Flux<ObjectBytes> objects, Consumer<String> told) {
        if (this != auto) {
            return ofPipe();
        }
        AtomicReference<@Nullable String> key = new AtomicReference<>();
        DetectedFormat found = Formats.detect(objects.doOnNext(object -> key.set(object.key())))
                .block();
        if (found == null) {
            return ofPipe();
        }
        if (found.kind() == Kind.TEXT_LINES || found.payload() == Payload.AIALGS_RECORD) {
            throw CorruptRecordException.of(
                    "this program trains on tf.train.Example in TFRecord or RecordIO, but " + found.reason(),
                    key.get(),
                    null,
                    null);
        }
        told.accept(Printable.line(key.get() + ": " + found.reason()));
        return found.format();
    }
}
