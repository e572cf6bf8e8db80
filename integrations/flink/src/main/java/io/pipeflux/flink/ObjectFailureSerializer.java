package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Writes a failure. Sizes in bytes are in parentheses:
 *
 * <pre>
 *   failure           version 1 (1) | object | epoch (8) | byte (8) | record (8) | ends its split (1) | message
 *   object, message   length (4) | text in UTF-8
 * </pre>
 */
final class ObjectFailureSerializer extends ValueSerializer<ObjectFailure> {

    static final ObjectFailureSerializer INSTANCE = new ObjectFailureSerializer();

    private static final long serialVersionUID = 1;
    private static final int VERSION = 1;

    @Override
    public ObjectFailure createInstance() {
        return new ObjectFailure("", 0, ObjectFailure.UNKNOWN, ObjectFailure.UNKNOWN, false, "");
    }

    @Override
    public void serialize(ObjectFailure failure, DataOutputView out) throws IOException {
        out.writeByte(VERSION);
        write(failure.object(), out);
        out.writeLong(failure.epoch());
        out.writeLong(failure.byteOffset());
        out.writeLong(failure.record());
        out.writeBoolean(failure.endsSplit());
        write(failure.message(), out);
    }

    /** Writes a text of any length. ({@code writeUTF} limits the length.) */
    private static void write(String text, DataOutputView out) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public ObjectFailure deserialize(DataInputView in) throws IOException {
        requireVersion("failure", in.readByte());
        String object = new String(readBytes(in), UTF_8);
        long epoch = in.readLong();
        long byteOffset = in.readLong();
        long record = in.readLong();
        boolean endsSplit = in.readBoolean();
        return new ObjectFailure(object, epoch, byteOffset, record, endsSplit, new String(readBytes(in), UTF_8));
    }

    @Override
    public TypeSerializerSnapshot<ObjectFailure> snapshotConfiguration() {
        return new Snapshot();
    }

    /** The serializer's configuration in checkpoints. It consists only of the serializer's class. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<ObjectFailure> {

        /** Flink calls this constructor by reflection. */
        public Snapshot() {
            super(() -> INSTANCE);
        }
    }
}
