package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;

/**
 * Emits the elements of a {@link PlainKind} together with the failures that were found while the elements were read.
 */
record ResultKind<T>(PlainKind<T> of) implements ElementKind<ReadResult<T>> {

    private static final long serialVersionUID = 1;
    private static final long FAILURE_BYTES = 512;

    @Override
    public SerializableSupplier<FrameFormat<RawRecord>> format() {
        return of.format();
    }

    @Override
    public Flux<ReadResult<T>> decode(ObjectSplit split, Flux<ObjectBytes> objects) {
        return ResultDecoding.decode(of, split, objects);
    }

    @Override
    public ObjectSplit after(ObjectSplit split, ReadResult<T> result) {
        T element = result.element();
        return element == null ? split.ended() : of.after(split, element);
    }

    @Override
    public boolean isLast(ReadResult<T> result) {
        return result.element() == null;
    }

    @Override
    public long bytes(ReadResult<T> result) {
        T element = result.element();
        return (element == null ? 0 : of.bytes(element))
                + FAILURE_BYTES * result.failures().size();
    }

    @Override
    public TypeInformation<ReadResult<T>> type() {
        return new ReadResultType<>(of.type());
    }
}
