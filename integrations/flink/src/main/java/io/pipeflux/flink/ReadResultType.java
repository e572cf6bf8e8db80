package io.pipeflux.flink;

import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.jspecify.annotations.Nullable;

/** The Flink type of a {@link ReadResult} whose elements have a given type. */
final class ReadResultType<T> extends ValueType<ReadResult<T>> {

    private static final long serialVersionUID = 1;

    private final TypeInformation<T> element;

    ReadResultType(TypeInformation<T> element) {
        super(type(), config -> new ReadResultSerializer<>(element.createSerializer(config)));
        this.element = element;
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static <T> Class<ReadResult<T>> type() {
        return (Class<ReadResult<T>>) (Class<?>) ReadResult.class;
    }

    TypeInformation<T> element() {
        return element;
    }

    @Override
    public String toString() {
        return "ReadResult<" + element + ">";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReadResultType<?> that && element.equals(that.element);
    }

    @Override
    public int hashCode() {
        return Objects.hash(ReadResult.class, element);
    }
}
