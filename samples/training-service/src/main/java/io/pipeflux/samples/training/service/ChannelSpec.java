package io.pipeflux.samples.training.service;

import static io.pipeflux.samples.training.service.RefusedException.require;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.s3.S3Uri;
import io.pipeflux.samples.training.input.Printable;
import io.pipeflux.samples.training.input.RecordFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The location and the format of a channel's records.
 *
 * @param uri an {@code s3://} URI in the service's store
 * @param format the format of the records
 */
public record ChannelSpec(String uri, RecordFormat format) {

    private static final int MOST_URI = 1100; // enough for a bucket name and the longest possible key
    private static final int LEAST_BUCKET = 3;
    private static final List<RecordFormat> FORMATS =
            List.of(RecordFormat.tfrecord, RecordFormat.recordio, RecordFormat.recordio_dmlc);

    /** Creates a channel from JSON, and validates it. */
    @JsonCreator
    static ChannelSpec of(@JsonProperty("uri") @Nullable String uri, @JsonProperty("format") @Nullable String format) {
        if (uri == null || !uri.startsWith("s3://") || uri.length() > MOST_URI) {
            throw RefusedException.invalid("uri", "s3://BUCKET/PREFIX of at most " + MOST_URI + " characters", uri);
        }
        require(
                Printable.line(uri).equals(uri),
                "uri",
                "s3://BUCKET/PREFIX without control characters",
                Printable.line(uri));
        try {
            require(
                    S3Uri.parse(uri).bucket().length() >= LEAST_BUCKET,
                    "uri",
                    "s3://BUCKET/PREFIX with a bucket of at least " + LEAST_BUCKET + " characters",
                    uri);
        } catch (IllegalArgumentException e) {
            throw RefusedException.invalid("uri", "s3://BUCKET/PREFIX (" + e.getMessage() + ")", uri);
        }
        String name = format == null ? RecordFormat.tfrecord.name() : format;
        return FORMATS.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .map(found -> new ChannelSpec(uri, found))
                .orElseThrow(() -> RefusedException.invalid("format", "one of " + FORMATS, format));
    }

    FrameFormat<RawRecord> frames() {
        return format.ofPipe();
    }
}
