package io.pipeflux.flink;

import io.pipeflux.s3.Upload;
import java.util.List;

/**
 * The state that a subtask of {@link PipefluxSink} stores in a checkpoint: the objects that it has uploaded since the
 * previous checkpoint, and whether the subtask's input has ended. The bytes of the objects are in the store, but the
 * objects are not visible yet.
 */
final class PreparedObjects {

    /** The value of {@link #endOf} while the input has not ended. */
    static final int NOT_ENDED = 0;

    private final String part;
    private final List<Upload> uploads;
    private final int subtask;
    private final int endOf;

    /**
     * @param part the common prefix of the objects' names
     * @param endOf {@link #NOT_ENDED} until this subtask's input has ended, and then the number of subtasks whose input
     *     must end before the dataset is complete
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
