package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.io.Serializable;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;

/** What a source emits, and how it is made of objects. Sent to the task managers. */
interface ElementKind<T> extends Serializable {

    SerializableSupplier<FrameFormat<RawRecord>> format();

    /** Decodes the object of a split. */
    Flux<T> decode(ObjectSplit split, Flux<ObjectBytes> objects);

    /** Returns the split as it continues after an element. */
    ObjectSplit after(ObjectSplit split, T element);

    /** Returns whether no element of the split follows, so that it must not be read again from there. */
    boolean isLast(T element);

    /** Returns about how many bytes the element has in memory. */
    long bytes(T element);

    TypeInformation<T> type();
}
