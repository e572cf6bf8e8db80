package io.pipeflux.flink;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.channel.ObjectRef;
import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Serializes splits, for checkpoints and for sending them to readers. Sizes in bytes are in parentheses:
 *
 * <pre>
 *   version 1   key (UTF) | size (8) | has version (1) | version (UTF) | epoch (8) | ordinal (8) | from (8) | to (8)
 *               | has point (1) | point (UTF, JSON)
 * </pre>
 */
final class ObjectSplitSerializer implements SimpleVersionedSerializer<ObjectSplit> {

    static final int VERSION = 1;

    private static final int BYTES = 512;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ObjectSplit split) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(BYTES);
        write(split, out);
        return out.getCopyOfBuffer();
    }

    static void write(ObjectSplit split, DataOutputView out) throws IOException {
        ObjectRef object = split.object();
        String version = object.version();
        ResumePoint at = split.at();
        out.writeUTF(object.key());
        out.writeLong(object.size());
        out.writeBoolean(version != null);
        if (version != null) {
            out.writeUTF(version);
        }
        out.writeLong(split.epoch());
        out.writeLong(split.ordinal());
        out.writeLong(split.from());
        out.writeLong(split.to());
        out.writeBoolean(at != null);
        if (at != null) {
            out.writeUTF(at.toJson());
        }
    }

    @Override
    public ObjectSplit deserialize(int version, byte[] serialized) throws IOException {
        requireKnown("split", version, VERSION);
        return read(new DataInputDeserializer(serialized));
    }

    static ObjectSplit read(DataInputView in) throws IOException {
        String key = in.readUTF();
        long size = in.readLong();
        String version = in.readBoolean() ? in.readUTF() : null;
        long epoch = in.readLong();
        long ordinal = in.readLong();
        long from = in.readLong();
        long to = in.readLong();
        ResumePoint at = in.readBoolean() ? ResumePoint.fromJson(in.readUTF()) : null;
        return new ObjectSplit(new ObjectRef(key, size, version), epoch, ordinal, from, to, at);
    }

    static void requireKnown(String what, int version, int newest) throws IOException {
        if (version < 1 || version > newest) {
            throw new IOException("expected a " + what + " of version 1 to " + newest + ", but got version " + version
                    + ": a newer version of pipeflux-flink wrote the checkpoint");
        }
    }
}
