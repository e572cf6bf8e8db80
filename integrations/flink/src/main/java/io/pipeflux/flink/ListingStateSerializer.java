package io.pipeflux.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Writes the enumerator's state into checkpoints.
 *
 * <pre>
 *   version 1   epoch (8) | next (8) | hash (8) | has last (1) | last (UTF)
 *               | splits (4) | version of splits (4) | splits
 * </pre>
 */
final class ListingStateSerializer implements SimpleVersionedSerializer<ListingState> {

    static final int VERSION = 1;

    private static final int BYTES = 128;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ListingState state) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(BYTES);
        String last = state.last();
        out.writeLong(state.epoch());
        out.writeLong(state.next());
        out.writeLong(state.hash());
        out.writeBoolean(last != null);
        if (last != null) {
            out.writeUTF(last);
        }
        out.writeInt(state.returned().size());
        out.writeInt(ObjectSplitSerializer.VERSION);
        for (ObjectSplit split : state.returned()) {
            ObjectSplitSerializer.write(split, out);
        }
        return out.getCopyOfBuffer();
    }

    @Override
    public ListingState deserialize(int version, byte[] serialized) throws IOException {
        ObjectSplitSerializer.requireKnown("state of a source", version, VERSION);
        DataInputDeserializer in = new DataInputDeserializer(serialized);
        long epoch = in.readLong();
        long next = in.readLong();
        long hash = in.readLong();
        String last = in.readBoolean() ? in.readUTF() : null;
        int count = in.readInt();
        ObjectSplitSerializer.requireKnown("split", in.readInt(), ObjectSplitSerializer.VERSION);
        List<ObjectSplit> returned = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            returned.add(ObjectSplitSerializer.read(in));
        }
        return new ListingState(epoch, next, hash, last, returned);
    }
}
