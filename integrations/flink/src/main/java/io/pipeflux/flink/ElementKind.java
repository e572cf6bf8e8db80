package io.pipeflux.flink;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.example.Schema;
import java.io.Serializable;
import java.util.function.Function;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;

/** What a source emits, and how it is made of objects. Sent to the task managers. */
interface ElementKind<T> extends Serializable {

    SerializableSupplier<FrameFormat<RawRecord>> format();

    /** Returns what decodes the objects of one split. */
    Function<Flux<ObjectBytes>, Flux<T>> decoder();

    /** Returns the point from which the next element read is the one after this. */
    ResumePoint resumeAt(T element);

    /** Returns about how many bytes the element has in memory. */
    long bytes(T element);

    TypeInformation<T> type();

    /** The records of a format. */
    record Records(SerializableSupplier<FrameFormat<RawRecord>> format) implements ElementKind<RawRecord> {

        private static final long serialVersionUID = 1;

        @Override
        public Function<Flux<ObjectBytes>, Flux<RawRecord>> decoder() {
            return format.get().decodeObjects();
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

    /** Batches of the records of a format. */
    record Batches(SerializableSupplier<FrameFormat<RawRecord>> format, SerializableSupplier<Schema> schema, int rows)
            implements ElementKind<ColumnBatch> {

        private static final long serialVersionUID = 1;

        @Override
        public Function<Flux<ObjectBytes>, Flux<ColumnBatch>> decoder() {
            Function<Flux<ObjectBytes>, Flux<RawRecord>> records = format.get().decodeObjects();
            // on the thread that decodes: the subtasks are what runs in parallel
            Function<Flux<RawRecord>, Flux<ColumnBatch>> batches =
                    PipeOperators.mapAndBatch(rows, 0, schema.get().batches());
            return records.andThen(batches);
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
