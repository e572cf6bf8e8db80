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
import java.io.Serializable;
import java.util.function.Function;
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

    /** Elements without failures: a corrupt object is an error. */
    interface Plain<T> extends ElementKind<T> {

        /** Returns what makes elements of records. */
        Function<Flux<RawRecord>, Flux<T>> elements(SkipPolicy onBadRow);

        /** Returns the point from which the next element read is the one after this. */
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
            return false; // only the end of the object shows it
        }
    }

    /** The records of a format. */
    record Records(SerializableSupplier<FrameFormat<RawRecord>> format) implements Plain<RawRecord> {

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

    /** Batches of the records of a format. */
    record Batches(SerializableSupplier<FrameFormat<RawRecord>> format, SerializableSupplier<Schema> schema, int rows)
            implements Plain<ColumnBatch> {

        private static final long serialVersionUID = 1;

        @Override
        public Function<Flux<RawRecord>, Flux<ColumnBatch>> elements(SkipPolicy onBadRow) {
            // on the thread that decodes: the subtasks are what runs in parallel
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

    /** Elements of another kind, and the failures that were found while they were read. */
    record Results<T>(Plain<T> of) implements ElementKind<ReadResult<T>> {

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
}
