package io.pipeflux.records;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.util.Objects;
import java.util.function.Function;

/** Parses records that contain protobuf messages of user-defined types. */
public final class Protobufs {

    private Protobufs() {}

    /**
     * Returns a mapper that parses one message per record, for use with {@code map} and {@code mapAndBatch}: {@code
     * mapAndBatch(64, 2, Protobufs.parser(MyMessage.parser()))}.
     *
     * <p>The mapper throws a {@link CorruptRecordException} with the record's position if the bytes are not a message
     * of this type, or if a required field is missing. The mapper is stateless and thread-safe.
     *
     * @param messages the parser of the generated message class
     */
    public static <M extends MessageLite> Function<RawRecord, M> parser(Parser<M> messages) {
        Objects.requireNonNull(messages, "messages");
        return record -> parse(messages, record);
    }

    private static <M extends MessageLite> M parse(Parser<M> messages, RawRecord record) {
        try {
            return messages.parseFrom(record.array(), record.arrayOffset(), record.size());
        } catch (InvalidProtocolBufferException e) {
            throw CoreAccess.exception(
                    CorruptRecordException.class,
                    ErrorKind.BAD_PAYLOAD,
                    "Can't parse serialized message: " + e.getMessage(),
                    record.source(),
                    record.position(),
                    e);
        }
    }
}
