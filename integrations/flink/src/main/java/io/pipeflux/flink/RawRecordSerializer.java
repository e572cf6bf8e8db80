package io.pipeflux.flink;

import io.pipeflux.core.Position;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumePoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes a record with its position and source. Sizes in bytes are in parentheses:
 *
 * <pre>
 *   version 1 (1) | length (4) | payload | source (UTF) | epoch (8) | object (8) | byte (8) | record (8)
 *   | whole (1) | next (8)
 *
 *   whole   whether the object can be read only from its beginning
 *   next    the byte offset of the next record or, if whole, the ordinal of the object's first record
 * </pre>
 */
final class RawRecordSerializer extends ValueSerializer<RawRecord> {

    static final RawRecordSerializer INSTANCE = new RawRecordSerializer();

    private static final long serialVersionUID = 1;
    private static final int VERSION = 1;

    @Override
    public RawRecord createInstance() {
        return RawRecord.of(ByteBuffer.allocate(0));
    }

    @Override
    public void serialize(RawRecord record, DataOutputView out) throws IOException {
        Position at = record.position();
        ResumePoint next = record.resumeAt();
        boolean whole = next.drop() > 0;
        out.writeByte(VERSION);
        out.writeInt(record.size());
        out.write(record.array(), record.arrayOffset(), record.size());
        out.writeUTF(record.source());
        out.writeLong(at.epoch());
        out.writeLong(at.objectOrdinal());
        out.writeLong(at.byteOffset());
        out.writeLong(at.recordOrdinal());
        out.writeBoolean(whole);
        out.writeLong(whole ? next.position().recordOrdinal() : next.position().byteOffset());
    }

    @Override
    public RawRecord deserialize(DataInputView in) throws IOException {
        requireVersion("record", in.readByte());
        byte[] payload = readBytes(in);
        String source = in.readUTF();
        RecordOrigin origin = RecordOrigin.of(() -> source, in.readLong(), in.readLong());
        long byteOffset = in.readLong();
        long ordinal = in.readLong();
        boolean whole = in.readBoolean();
        long next = in.readLong();
        return (whole ? origin.wholeFrom(next) : origin)
                .record(payload, 0, payload.length, byteOffset, whole ? byteOffset : next, ordinal);
    }

    @Override
    public TypeSerializerSnapshot<RawRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** The serializer's configuration in checkpoints. It consists only of the serializer's class. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<RawRecord> {

        /** Flink calls this constructor by reflection. */
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
