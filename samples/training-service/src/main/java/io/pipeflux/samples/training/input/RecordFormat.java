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

/** The record formats that the program reads. The constants' names are the values of the option {@code --format}. */
public enum RecordFormat {
    /**
     * The format of files is detected from the first object. For a pipe, the default format is used, because a pipe can
     * be read only once.
     */
    auto,
    /** TFRecord. */
    tfrecord,
    /** RecordIO in SageMaker's dialect. */
    recordio,
    /** RecordIO in MXNet's dialect. */
    recordio_dmlc;

    /**
     * Returns the format that a channel's settings in {@code inputdataconfig.json} declare for its pipes. If {@code
     * RecordWrapperType} is {@code RecordIO}, the format is RecordIO. Otherwise, {@code ContentType} can name RecordIO
     * or TFRecord. If neither setting declares a format, returns {@link #auto}.
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

    /**
     * Returns the format of a pipe. For {@link #auto}, returns TFRecord, because detection would need to read the pipe,
     * and a pipe can be read only once.
     */
    public FrameFormat<RawRecord> ofPipe() {
        return switch (this) {
            case auto, tfrecord -> TfRecords.format();
            case recordio -> RecordIo.format();
            case recordio_dmlc -> RecordIo.format(Dialect.DMLC);
        };
    }

    /**
     * Returns the format of objects. For {@link #auto}, this method blocks while it detects the format from the first
     * object that is not empty. If all objects are empty, it returns the format of a pipe.
     *
     * @param report receives a message that names the detected format
     */
    public FrameFormat<RawRecord> of(Flux<ObjectBytes> objects, Consumer<String> report) {
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
        report.accept(Printable.line(key.get() + ": " + found.reason()));
        return found.format();
    }
}
