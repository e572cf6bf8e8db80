package io.pipeflux.core.internal;

/**
 * The kinds of errors. The message of each exception of Pipeflux ends with the id of its kind, such as
 * {@code [PF-PIPE-03]}. The document {@code docs/errors.md} lists the cause and the remedy for each id. An id is never
 * reused for a different kind.
 */
public enum ErrorKind {
    NO_PIPE("PF-PIPE-01", "PipeException"),
    PIPE_IO("PF-PIPE-02", "PipeException"),
    WRITER_LOST("PF-PIPE-03", "PipeException"),
    WRITER_FAILED("PF-PIPE-04", "PipeException"),
    BYTES_MISSING("PF-PIPE-05", "PipeException"),
    BAD_REPORT("PF-PIPE-06", "PipeException"),
    AGENT_RESTARTED("PF-PIPE-07", "PipeException"),
    SECOND_SUBSCRIBER("PF-PIPE-08", "PipeException"),
    EPOCH_STATE("PF-PIPE-09", "PipeException"),
    NO_LINUX("PF-PIPE-10", "PipeException"),
    SECOND_AGENT("PF-AGENT-01", "PipeException"),
    AGENT_DIRECTORY("PF-AGENT-02", "PipeException"),
    JOB_FILE("PF-CONFIG-01", "PipeException"),

    BAD_RECORD("PF-RECORD-01", "CorruptRecordException"),
    LONG_RECORD("PF-RECORD-02", "CorruptRecordException"),
    DAMAGED_RECORD("PF-RECORD-03", "CorruptRecordException"),
    BAD_COMPRESSION("PF-RECORD-04", "CorruptRecordException"),
    HIGH_COMPRESSION("PF-RECORD-05", "CorruptRecordException"),
    BAD_PAYLOAD("PF-RECORD-06", "CorruptRecordException"),
    UNKNOWN_FORMAT("PF-RECORD-07", "CorruptRecordException"),
    BAD_MANIFEST("PF-MANIFEST-01", "CorruptRecordException"),
    BAD_INDEX("PF-INDEX-01", "CorruptRecordException"),
    OTHER_INDEX("PF-INDEX-02", "CorruptRecordException"),

    TRUNCATED("PF-END-01", "TruncatedInputException"),
    END_BEFORE_START("PF-END-02", "TruncatedInputException"),
    UNEQUAL_SOURCES("PF-END-03", "TruncatedInputException"),

    WRONG_VALUE("PF-SCHEMA-01", "SchemaMismatchException"),
    WRONG_HEADER("PF-SCHEMA-02", "SchemaMismatchException"),
    WRONG_COLUMNS("PF-SCHEMA-03", "SchemaMismatchException"),

    OTHER_DATA("PF-RESUME-01", "ResumeMismatchException"),
    OTHER_PIPELINE("PF-RESUME-02", "ResumeMismatchException"),
    INSIDE_ROW("PF-RESUME-03", "ResumeMismatchException"),

    OTHER_JOB("PF-CHECKPOINT-01", "CheckpointException"),
    CHECKPOINT_NOT_READ("PF-CHECKPOINT-02", "CheckpointException"),
    BAD_CHECKPOINT("PF-CHECKPOINT-03", "CheckpointException"),
    CHECKPOINT_NOT_WRITTEN("PF-CHECKPOINT-04", "CheckpointException"),
    CHECKPOINT_LOCK("PF-CHECKPOINT-05", "CheckpointException"),

    REFUSED("PF-S3-01", "ObjectReadException, ObjectWriteException"),
    DENIED("PF-S3-02", "ObjectReadException, ObjectWriteException"),
    NO_BUCKET("PF-S3-03", "ObjectReadException, ObjectWriteException"),
    OTHER_REGION("PF-S3-04", "ObjectReadException, ObjectWriteException"),
    NOT_REACHED("PF-S3-05", "ObjectReadException, ObjectWriteException"),
    CLOSED_CLIENT("PF-S3-06", "ObjectReadException, ObjectWriteException"),

    NO_OBJECTS("PF-OBJECT-01", "ObjectReadException"),
    NOT_LISTED("PF-OBJECT-02", "ObjectReadException"),
    WRONG_LISTING("PF-OBJECT-03", "ObjectReadException"),
    NOT_READ("PF-OBJECT-04", "ObjectReadException"),
    CHANGED("PF-OBJECT-05", "ObjectReadException"),
    WRONG_ANSWER("PF-OBJECT-06", "ObjectReadException"),
    ALTERED("PF-OBJECT-07", "ObjectReadException"),
    NOT_VERIFIED("PF-OBJECT-08", "ObjectReadException"),
    LARGE_OBJECT("PF-OBJECT-09", "ObjectReadException"),
    CACHE("PF-OBJECT-10", "ObjectReadException"),
    FILE_NOT_READ("PF-OBJECT-11", "ObjectReadException"),

    NOT_WRITTEN("PF-WRITE-01", "ObjectWriteException"),
    WRONG_WRITE_ANSWER("PF-WRITE-02", "ObjectWriteException"),
    MANY_PARTS("PF-WRITE-03", "ObjectWriteException"),
    UPLOAD_GONE("PF-WRITE-04", "ObjectWriteException"),
    DATASET_EXISTS("PF-WRITE-05", "ObjectWriteException"),
    BAD_DATASET("PF-WRITE-06", "ObjectWriteException"),

    /**
     * An exception that names the record for which a different exception was thrown. It is never thrown itself, but
     * added to the thrown exception as a suppressed one.
     */
    THROWN_FOR("PF-RECORD-08", "RecordFailure"),

    /**
     * An error in code outside of Pipeflux, such as a user's decoder, channel or store. Exceptions of any type may have
     * this kind.
     */
    CUSTOM("PF-CUSTOM", "");

    private final String id;
    private final String exceptions;

    /**
     * @param exceptions the simple names of the exceptions that may have this kind, or an empty string if any exception
     *     may have this kind
     */
    ErrorKind(String id, String exceptions) {
        this.id = id;
        this.exceptions = exceptions;
    }

    /** Returns the id, such as {@code PF-PIPE-03}. */
    public String id() {
        return id;
    }

    /**
     * Returns the simple names of the exceptions that may have this kind, or an empty string if any exception may have
     * this kind.
     */
    public String exceptions() {
        return exceptions;
    }

    /** Returns whether an exception with this simple name may have this kind. */
    public boolean isOf(String exception) {
        return exceptions.isEmpty() || exceptions.contains(exception);
    }
}
