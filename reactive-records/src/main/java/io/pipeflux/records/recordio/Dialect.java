package io.pipeflux.records.recordio;

/**
 * The rule for joining the parts of one RecordIO record. Nothing in the bytes names the dialect. Decoding in the wrong
 * dialect gives wrong data without an error, so the caller must choose the dialect. Records of one part are the same in
 * both dialects.
 */
public enum Dialect {

    /**
     * SageMaker's dialect. Records are split by size, at any byte, and their parts are joined without bytes between
     * them. A payload may contain the magic number.
     */
    CONCAT,

    /**
     * MXNet's dialect (dmlc-core). A record is split wherever its payload contains the magic number at an offset that
     * is a multiple of four. The four bytes of the magic number are left out, and the decoder inserts them again
     * between the parts.
     */
    DMLC
}
