package io.pipeflux.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Serializes the enumerator's state for checkpoints. The fields are those of {@link ListingState} and of {@link
 * RecentObjects.State}. Sizes in bytes are in parentheses:
 *
 * <pre>
 *   version 1   epoch (8) | next (8) | hash (8) | has last (1) | last (UTF)
 *               | number of splits (4) | version of their format (4) | splits
 *   version 2   version 1 | has recent (1) | recent
 *   recent      threshold (8) | next (8) | before (8) | newest (8) | forgotten (8) | has at (1) | at (UTF)
 *               | number of objects (4) | for each object: time (8), id (16)
 * </pre>
 */
final class ListingStateSerializer implements SimpleVersionedSerializer<ListingState> {

    static final int VERSION = 2;

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
        RecentObjects.State recent = state.recent();
        out.writeBoolean(recent != null);
        if (recent != null) {
            write(recent, out);
        }
        return out.getCopyOfBuffer();
    }

    private static void write(RecentObjects.State recent, DataOutputView out) throws IOException {
        out.writeLong(recent.threshold());
        out.writeLong(recent.next());
        out.writeLong(recent.before());
        out.writeLong(recent.newest());
        out.writeLong(recent.forgotten());
        String at = recent.at();
        out.writeBoolean(at != null);
        if (at != null) {
            out.writeUTF(at);
        }
        out.writeInt(recent.seen().size());
        for (Map.Entry<RecentObjects.Id, Long> object : recent.seen().entrySet()) {
            out.writeLong(object.getValue());
            out.writeLong(object.getKey().high());
            out.writeLong(object.getKey().low());
        }
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
        RecentObjects.State recent = version > 1 && in.readBoolean() ? readRecent(in) : null;
        return new ListingState(epoch, next, hash, last, returned, recent);
    }

    private static RecentObjects.State readRecent(DataInputView in) throws IOException {
        long threshold = in.readLong();
        long next = in.readLong();
        long before = in.readLong();
        long newest = in.readLong();
        long forgotten = in.readLong();
        String at = in.readBoolean() ? in.readUTF() : null;
        int count = in.readInt();
        Map<RecentObjects.Id, Long> seen = new HashMap<>();
        for (int i = 0; i < count; i++) {
            long time = in.readLong();
            seen.put(new RecentObjects.Id(in.readLong(), in.readLong()), time);
        }
        return new RecentObjects.State(threshold, next, before, newest, forgotten, at, seen);
    }
}
