package io.pipeflux.samples.training.service;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.samples.training.input.RecordFormat;

/**
 * Where the records of a channel are.
 *
 * @param uri an {@code s3://} URI of the service's store
 * @param format how records are framed
 */
public record ChannelSpec(String uri, RecordFormat format) {

    FrameFormat<RawRecord> frames() {
        return format.ofPipe();
    }
}
