package io.pipeflux.flink;

import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/** Creates side outputs for the failures that a {@link PipefluxSource#results} source emits. */
public final class SideOutputs {

    private SideOutputs() {}

    /**
     * Returns the tag of a side output for failures.
     *
     * @param id the side output's name, which must be unique among the side outputs of the operator
     */
    public static OutputTag<ObjectFailure> failures(String id) {
        return new OutputTag<>(id, PipefluxTypes.objectFailure());
    }

    /**
     * Splits a stream of results: the returned stream has the elements, and a side output has the failures.
     *
     * <pre>{@code
     * OutputTag<ObjectFailure> corrupt = SideOutputs.failures("corrupt");
     * SingleOutputStreamOperator<RawRecord> records = SideOutputs.split(env.fromSource(
     *         source.results(), WatermarkStrategy.noWatermarks(), "train"), corrupt);
     * DataStream<ObjectFailure> failures = records.getSideOutput(corrupt);
     * }</pre>
     *
     * @param results the stream of a source, or of an operator that keeps the type of the stream
     * @param failures the side output, see {@link SideOutputs#failures}
     * @throws IllegalArgumentException if the stream does not have the type of {@link PipefluxSource#results}
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
