package io.pipeflux.flink;

import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PipefluxSource#results} source emits: an element with the failures that were found while it was read.
 * They are one value, so that a checkpoint has both or neither.
 *
 * @param element the element, or null after the last one of a split
 * @param failures the corrupt records before the element's end, mostly none, in the order of the object
 */
public record ReadResult<T>(@Nullable T element, List<ObjectFailure> failures) {

    /** Copies the list. */
    public ReadResult {
        failures = List.copyOf(failures);
    }

    /**
     * Splits a stream of results into its elements and a side output of its failures.
     *
     * <pre>{@code
     * OutputTag<ObjectFailure> corrupt = ObjectFailure.tag("corrupt");
     * SingleOutputStreamOperator<RawRecord> records = ReadResult.split(env.fromSource(
     *         source.results(), WatermarkStrategy.noWatermarks(), "train"), corrupt);
     * DataStream<ObjectFailure> failures = records.getSideOutput(corrupt);
     * }</pre>
     *
     * @param results the stream of a source, or of an operator that keeps its type
     * @param failures the side output, see {@link ObjectFailure#tag}
     * @throws IllegalArgumentException if the type of the stream is not that of {@link PipefluxSource#results}
     */
    public static <T> SingleOutputStreamOperator<T> split(
            DataStream<ReadResult<T>> results, OutputTag<ObjectFailure> failures) {
        Objects.requireNonNull(failures, "failures");
        TypeInformation<ReadResult<T>> type = results.getType();
        if (type instanceof ReadResultType<T> known) {
            return results.process(new ResultSplitter<>(known.element(), failures))
                    .name("failures to " + failures.getId());
        }
        throw new IllegalArgumentException("expected a stream of the type that PipefluxSource.results emits, but got "
                + type + ": split the stream of the source, or state its type by returns(source.getProducedType())");
    }
}
