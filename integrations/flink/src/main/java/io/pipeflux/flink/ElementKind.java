package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import java.io.Serializable;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;

/**
 * Describes the elements that a source emits, and decodes them from objects. Instances are sent to the task managers.
 */
interface ElementKind<T> extends Serializable {

    SerializableSupplier<FrameFormat<RawRecord>> format();

    /** Decodes the object of a split. */
    Flux<T> decode(ObjectSplit split, Flux<ObjectBytes> objects);

    /** Returns the part of the split that remains to be read after an element. */
    ObjectSplit after(ObjectSplit split, T element);

    /**
     * Returns whether the element is known to be the last one of its split. If so, a restored job must not read the
     * split again.
     */
    boolean isLast(T element);

    /** Returns the approximate size of the element in memory, in bytes. */
    long bytes(T element);

    TypeInformation<T> type();
}
