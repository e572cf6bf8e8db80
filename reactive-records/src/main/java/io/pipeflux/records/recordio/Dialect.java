package io.pipeflux.records.recordio;

/**
 * How the parts of one RecordIO record are put together. Nothing in the bytes names the dialect, and a record read in the
 * wrong one is silently wrong, so it is chosen explicitly. Records of one part are the same in both.
 */
public enum Dialect {

    /**
     * SageMaker's: parts are joined as they are. Records are split by size, at any byte; the magic number may stand in a
     * payload.
     */
    CONCAT,

    /**
     * MXNet's (dmlc-core): the four bytes of the magic number are put back between parts. Records are split where their
     * payload holds the magic number at an offset that is a multiple of four, and those four bytes are left out.
     */
    DMLC
}
