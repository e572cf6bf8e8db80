package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SkipPolicy;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Schema;
import java.util.function.Function;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;

/** Emits elements without failures. A corrupt object ends the source with an error. */
interface PlainKind<T> extends ElementKind<T> {

    /** Returns the function that converts records to elements. */
    Function<Flux<RawRecord>, Flux<T>> elements(SkipPolicy onBadRow);

    /** Returns the point at which the element after the given one begins. */
    ResumePoint resumeAt(T element);

    @Override
    default Flux<T> decode(ObjectSplit split, Flux<ObjectBytes> objects) {
        return objects.transform(format().get().decodeObjects()).transform(elements(SkipPolicy.fail()));
    }

    @Override
    default ObjectSplit after(ObjectSplit split, T element) {
        return split.continuingAt(resumeAt(element));
    }

    @Override
    default boolean isLast(T element) {
        return false; // whether an element is the last one is not known before the object ends
    }

    /** Emits the records of a format. */
    record Records(SerializableSupplier<FrameFormat<RawRecord>> format) implements PlainKind<RawRecord> {

        private static final long serialVersionUID = 1;

        @Override
        public Function<Flux<RawRecord>, Flux<RawRecord>> elements(SkipPolicy onBadRow) {
            return records -> records;
        }

        @Override
        public ResumePoint resumeAt(RawRecord record) {
            return record.resumeAt();
        }

        @Override
        public long bytes(RawRecord record) {
            return record.size();
        }

        @Override
        public TypeInformation<RawRecord> type() {
            return PipefluxTypes.rawRecord();
        }
    }

    /** Emits batches of the records of a format. */
    record Batches(SerializableSupplier<FrameFormat<RawRecord>> format, SerializableSupplier<Schema> schema, int rows)
            implements PlainKind<ColumnBatch> {

        private static final long serialVersionUID = 1;

        @Override
        public Function<Flux<RawRecord>, Flux<ColumnBatch>> elements(SkipPolicy onBadRow) {
            // no workers: batches are parsed on the decoding thread, because the subtasks already run in parallel
            BatchOptions options = BatchOptions.of(rows, 0).onBadRow(onBadRow);
            return PipeOperators.mapAndBatch(options, schema.get().batches());
        }

        @Override
        public ResumePoint resumeAt(ColumnBatch batch) {
            return batch.resumeAt();
        }

        @Override
        public long bytes(ColumnBatch batch) {
            long bytes = 0;
            for (String name : batch.names()) {
                bytes += batch.column(name).values().remaining();
            }
            return bytes;
        }

        @Override
        public TypeInformation<ColumnBatch> type() {
            return PipefluxTypes.columnBatch();
        }
    }
}
