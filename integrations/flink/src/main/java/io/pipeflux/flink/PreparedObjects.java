package io.pipeflux.flink;

import io.pipeflux.s3.Upload;
import java.util.List;

/**
 * What a subtask of {@link PipefluxSink} stores in a checkpoint: the objects that it has written since the previous
 * checkpoint, and whether the input of the subtask has ended. The objects are in the store, but they are not visible.
 */
final class PreparedObjects {

    /** The value of {@link #endOf} while the input has not ended. */
    static final int NOT_ENDED = 0;

    private final String part;
    private final List<Upload> uploads;
    private final int subtask;
    private final int endOf;

    /**
     * @param part how the names of the objects begin
     * @param endOf the number of subtasks if the input of this one has ended, otherwise {@link #NOT_ENDED}
     */
    PreparedObjects(String part, List<Upload> uploads, int subtask, int endOf) {
        this.part = part;
        this.uploads = List.copyOf(uploads);
        this.subtask = subtask;
        this.endOf = endOf;
    }

    String part() {
        return part;
    }

    List<Upload> uploads() {
        return uploads;
    }

    int subtask() {
        return subtask;
    }

    int endOf() {
        return endOf;
    }

    boolean isEnd() {
        return endOf != NOT_ENDED;
    }

    @Override
    public String toString() {
        return "PreparedObjects[" + part + ", " + uploads.size() + " objects" + (isEnd() ? ", end]" : "]");
    }
}
