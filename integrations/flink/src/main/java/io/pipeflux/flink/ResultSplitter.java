package io.pipeflux.flink;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Emits the elements of results, and sends the failures of the results to a side output. */
final class ResultSplitter<T> extends ProcessFunction<ReadResult<T>, T> implements ResultTypeQueryable<T> {

    private static final long serialVersionUID = 1;

    private final TypeInformation<T> type;
    private final OutputTag<ObjectFailure> tag;

    ResultSplitter(TypeInformation<T> type, OutputTag<ObjectFailure> tag) {
        this.type = type;
        this.tag = tag;
    }

    @Override
    public void processElement(ReadResult<T> result, Context context, Collector<T> out) {
        T element = result.element();
        if (element != null) {
            out.collect(element);
        }
        for (ObjectFailure failure : result.failures()) {
            context.output(tag, failure);
        }
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return type;
    }
}
