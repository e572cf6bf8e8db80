package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.Protobufs;
import io.pipeflux.records.aialgs.proto.Record;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.SequenceExample;
import java.util.function.Function;

/**
 * Parses single records of the message types that a {@link Schema} reads. To parse whole batches, use {@link
 * Schema#batches}.
 */
public final class Examples {

    private static final Function<RawRecord, Example> EXAMPLES = Protobufs.parser(Example.parser());
    private static final Function<RawRecord, SequenceExample> SEQUENCES = Protobufs.parser(SequenceExample.parser());
    private static final Function<RawRecord, Record> TENSORS = Protobufs.parser(Record.parser());

    private Examples() {}

    /**
     * Parses a record as {@code tf.train.Example}.
     *
     * @throws io.pipeflux.core.CorruptRecordException if the bytes are not a message of this type
     */
    public static Example parse(RawRecord record) {
        return EXAMPLES.apply(record);
    }

    /**
     * Parses a record as {@code tf.train.SequenceExample}.
     *
     * @throws io.pipeflux.core.CorruptRecordException if the bytes are not a message of this type
     */
    public static SequenceExample parseSequence(RawRecord record) {
        return SEQUENCES.apply(record);
    }

    /**
     * Parses a record as {@code aialgs.data.Record}, SageMaker's recordio-protobuf.
     *
     * @throws io.pipeflux.core.CorruptRecordException if the bytes are not a message of this type
     */
    public static Record parseTensors(RawRecord record) {
        return TENSORS.apply(record);
    }
}
