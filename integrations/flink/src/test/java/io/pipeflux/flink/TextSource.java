package io.pipeflux.flink;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.TextLines;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The lines of a source of records, for Flink's suite, which compares elements by {@code equals}. */
record TextSource(PipefluxSource<RawRecord> records)
        implements Source<String, ObjectSplit, ListingState>, ResultTypeQueryable<String> {

    @Override
    public Boundedness getBoundedness() {
        return records.getBoundedness();
    }

    @Override
    public SplitEnumerator<ObjectSplit, ListingState> createEnumerator(SplitEnumeratorContext<ObjectSplit> context) {
        return records.createEnumerator(context);
    }

    @Override
    public SplitEnumerator<ObjectSplit, ListingState> restoreEnumerator(
            SplitEnumeratorContext<ObjectSplit> context, ListingState state) {
        return records.restoreEnumerator(context, state);
    }

    @Override
    public SimpleVersionedSerializer<ObjectSplit> getSplitSerializer() {
        return records.getSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<ListingState> getEnumeratorCheckpointSerializer() {
        return records.getEnumeratorCheckpointSerializer();
    }

    @Override
    public TypeInformation<String> getProducedType() {
        return Types.STRING;
    }

    @Override
    public SourceReader<String, ObjectSplit> createReader(SourceReaderContext context) {
        return new Reader(records.createReader(context));
    }

    private record Reader(SourceReader<RawRecord, ObjectSplit> records) implements SourceReader<String, ObjectSplit> {

        @Override
        public void start() {
            records.start();
        }

        @Override
        public InputStatus pollNext(ReaderOutput<String> output) throws Exception {
            return records.pollNext(new Output(output));
        }

        @Override
        public List<ObjectSplit> snapshotState(long checkpoint) {
            return records.snapshotState(checkpoint);
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return records.isAvailable();
        }

        @Override
        public void addSplits(List<ObjectSplit> splits) {
            records.addSplits(splits);
        }

        @Override
        public void notifyNoMoreSplits() {
            records.notifyNoMoreSplits();
        }

        @Override
        public void pauseOrResumeSplits(Collection<String> pause, Collection<String> resume) {
            records.pauseOrResumeSplits(pause, resume);
        }

        @Override
        public void close() throws Exception {
            records.close();
        }
    }

    private static class OfSplit implements SourceOutput<RawRecord> {

        private final SourceOutput<String> output;

        OfSplit(SourceOutput<String> output) {
            this.output = output;
        }

        @Override
        public void collect(RawRecord record) {
            output.collect(TextLines.text(record));
        }

        @Override
        public void collect(RawRecord record, long timestamp) {
            output.collect(TextLines.text(record), timestamp);
        }

        @Override
        public void emitWatermark(Watermark watermark) {
            output.emitWatermark(watermark);
        }

        @Override
        public void markIdle() {
            output.markIdle();
        }

        @Override
        public void markActive() {
            output.markActive();
        }
    }

    private static final class Output extends OfSplit implements ReaderOutput<RawRecord> {

        private final ReaderOutput<String> output;

        Output(ReaderOutput<String> output) {
            super(output);
            this.output = output;
        }

        @Override
        public SourceOutput<RawRecord> createOutputForSplit(String id) {
            return new OfSplit(output.createOutputForSplit(id));
        }

        @Override
        public void releaseOutputForSplit(String id) {
            output.releaseOutputForSplit(id);
        }
    }
}
