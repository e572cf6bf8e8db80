package io.pipeflux.flink;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.ColumnBatch;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * The types of Pipeflux's records, batches and failures, for {@code returns(...)} and for state. Their serializers are
 * versioned and do not use Kryo, so a job may call {@code disableGenericTypes}.
 */
public final class PipefluxTypes {

    private PipefluxTypes() {}

    /**
     * Returns the type of records. A network shuffle keeps a record's payload, position and source. It also keeps the
     * resume point, but without the identity of the data. The checkpoints of the source do not need this identity.
     */
    public static TypeInformation<RawRecord> rawRecord() {
        return new ValueType<>(RawRecord.class, config -> RawRecordSerializer.INSTANCE);
    }

    /** Returns the type of batches. A batch is sent between task managers as a stream in Apache Arrow's IPC format. */
    public static TypeInformation<ColumnBatch> columnBatch() {
        return new ValueType<>(ColumnBatch.class, config -> ColumnBatchSerializer.INSTANCE);
    }

    /** Returns the type of failures. This is also the type of the tags that {@link SideOutputs#failures} returns. */
    public static TypeInformation<ObjectFailure> objectFailure() {
        return new ValueType<>(ObjectFailure.class, config -> ObjectFailureSerializer.INSTANCE);
    }
}
