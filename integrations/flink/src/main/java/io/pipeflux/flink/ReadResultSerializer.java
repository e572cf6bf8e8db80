package io.pipeflux.flink;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.CompositeTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads a {@link ReadResult}. Results are not copied: they are immutable, and their elements must be, too.
 * Sizes in bytes are in parentheses:
 *
 * <pre>
 *   version 1 (1) | has element (1) | element | number of failures (4) | failures
 * </pre>
 */
final class ReadResultSerializer<T> extends TypeSerializer<ReadResult<T>> {

    private static final long serialVersionUID = 1;
    private static final int VERSION = 1;

    private final TypeSerializer<T> element;

    ReadResultSerializer(TypeSerializer<T> element) {
        this.element = element;
    }

    @Override
    public boolean isImmutableType() {
        return true;
    }

    @Override
    public TypeSerializer<ReadResult<T>> duplicate() {
        return new ReadResultSerializer<>(element.duplicate());
    }

    @Override
    public ReadResult<T> createInstance() {
        return new ReadResult<>(null, List.of());
    }

    @Override
    public ReadResult<T> copy(ReadResult<T> from) {
        return from;
    }

    @Override
    public ReadResult<T> copy(ReadResult<T> from, ReadResult<T> reuse) {
        return from;
    }

    @Override
    public int getLength() {
        return ValueSerializer.VARIABLE_LENGTH;
    }

    @Override
    public void serialize(ReadResult<T> result, DataOutputView out) throws IOException {
        out.writeByte(VERSION);
        T value = result.element();
        out.writeBoolean(value != null);
        if (value != null) {
            element.serialize(value, out);
        }
        out.writeInt(result.failures().size());
        for (ObjectFailure failure : result.failures()) {
            ObjectFailureSerializer.INSTANCE.serialize(failure, out);
        }
    }

    @Override
    public ReadResult<T> deserialize(DataInputView in) throws IOException {
        ValueSerializer.requireVersion("result", in.readByte());
        T value = in.readBoolean() ? element.deserialize(in) : null;
        int count = in.readInt();
        List<ObjectFailure> failures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            failures.add(ObjectFailureSerializer.INSTANCE.deserialize(in));
        }
        return new ReadResult<>(value, failures);
    }

    @Override
    public ReadResult<T> deserialize(ReadResult<T> reuse, DataInputView in) throws IOException {
        return deserialize(in);
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        serialize(deserialize(in), out);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReadResultSerializer<?> that && element.equals(that.element);
    }

    @Override
    public int hashCode() {
        return Objects.hash(ReadResultSerializer.class, element);
    }

    @Override
    public TypeSerializerSnapshot<ReadResult<T>> snapshotConfiguration() {
        return new Snapshot<>(this);
    }

    /** The serializer's configuration in checkpoints. It contains the configuration of the elements' serializer. */
    public static final class Snapshot<T>
            extends CompositeTypeSerializerSnapshot<ReadResult<T>, ReadResultSerializer<T>> {

        /** Flink calls this constructor by reflection. */
        public Snapshot() {}

        Snapshot(ReadResultSerializer<T> serializer) {
            super(serializer);
        }

        @Override
        protected int getCurrentOuterSnapshotVersion() {
            return VERSION;
        }

        @Override
        protected TypeSerializer<?>[] getNestedSerializers(ReadResultSerializer<T> outer) {
            return new TypeSerializer<?>[] {outer.element};
        }

        @Override
        @SuppressWarnings("unchecked") // the array contains the serializer that getNestedSerializers returned
        protected ReadResultSerializer<T> createOuterSerializerWithNestedSerializers(TypeSerializer<?>[] nested) {
            return new ReadResultSerializer<>((TypeSerializer<T>) nested[0]);
        }
    }
}
