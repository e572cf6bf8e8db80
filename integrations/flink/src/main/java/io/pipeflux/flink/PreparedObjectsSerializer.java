package io.pipeflux.flink;

import io.pipeflux.s3.Upload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.InstantiationUtil;

/**
 * Serializes the sink's state for checkpoints. Sizes in bytes are in parentheses:
 *
 * <pre>
 *   version 1   part (UTF) | subtask (4) | endOf (4) | number of uploads (4) | uploads
 *   upload      length (4) | the {@link Upload} as Java serializes it
 * </pre>
 */
final class PreparedObjectsSerializer implements SimpleVersionedSerializer<PreparedObjects> {

    private static final int VERSION = 1;
    private static final int INITIAL_BYTES = 1 << 10;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(PreparedObjects objects) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(INITIAL_BYTES);
        out.writeUTF(objects.part());
        out.writeInt(objects.subtask());
        out.writeInt(objects.endOf());
        out.writeInt(objects.uploads().size());
        for (Upload upload : objects.uploads()) {
            byte[] bytes = InstantiationUtil.serializeObject(upload);
            out.writeInt(bytes.length);
            out.write(bytes);
        }
        return out.getCopyOfBuffer();
    }

    @Override
    public PreparedObjects deserialize(int version, byte[] serialized) throws IOException {
        if (version != VERSION) {
            throw new IOException("expected prepared objects of version " + VERSION + ", but got version " + version
                    + ": the checkpoint is of a newer version of Pipeflux");
        }
        DataInputDeserializer in = new DataInputDeserializer(serialized);
        String part = in.readUTF();
        int subtask = in.readInt();
        int endOf = in.readInt();
        int count = in.readInt();
        List<Upload> uploads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            uploads.add(upload(bytes));
        }
        return new PreparedObjects(part, uploads, subtask, endOf);
    }

    private static Upload upload(byte[] bytes) throws IOException {
        try {
            return InstantiationUtil.deserializeObject(bytes, PreparedObjectsSerializer.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IOException("could not read a prepared object of the checkpoint: " + e.getMessage(), e);
        }
    }
}
