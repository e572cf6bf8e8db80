package io.pipeflux.flink;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * The types of streams that contain records and batches, for {@code returns(...)} and for state. Their serializers have
 * versions and do not use Kryo, so a job may call {@code disableGenericTypes}.
 */
public final class PipefluxTypes {

    private PipefluxTypes() {}

    /**
     * Returns the type of records. Payload, position and source survive a network shuffle. Resume points do, too, but
     * without the identity of the data: the source's checkpoints do not need them.
     */
    public static TypeInformation<RawRecord> rawRecord() {
        return new ValueType<>(RawRecord.class, config -> RawRecordSerializer.INSTANCE);
    }

    /** Returns the type of batches. Between task managers a batch is sent as a stream of Apache Arrow's IPC format. */
    public static TypeInformation<ColumnBatch> columnBatch() {
        return new ValueType<>(ColumnBatch.class, config -> ColumnBatchSerializer.INSTANCE);
    }

    /** Returns the type of failures, as {@link SideOutputs#failures} has it. */
    public static TypeInformation<ObjectFailure> objectFailure() {
        return new ValueType<>(ObjectFailure.class, config -> ObjectFailureSerializer.INSTANCE);
    }
}
