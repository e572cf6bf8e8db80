package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.Protobufs;
import io.pipeflux.records.example.proto.Example;
import java.util.function.Function;

/** Records that hold a {@code tf.train.Example}, one by one; for whole batches see {@link Schema#batches}. */
public final class Examples {

    private static final Function<RawRecord, Example> PARSER = Protobufs.parser(Example.parser());

    private Examples() {}

    /**
     * The record's message.
     *
     * @throws io.pipeflux.core.CorruptRecordException if the bytes are no such message
     */
    public static Example parse(RawRecord record) {
        return PARSER.apply(record);
    }
}
