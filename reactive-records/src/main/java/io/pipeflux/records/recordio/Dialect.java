package io.pipeflux.records.recordio;

/**
 * Defines how the parts of a RecordIO record are joined. The caller must choose the dialect, because it is not stored
 * in the bytes, and decoding with the wrong dialect gives wrong data without an error. A record that has only one part
 * is the same in both dialects.
 */
public enum Dialect {

    /**
     * SageMaker's dialect. A large record is split into parts at any byte. The decoder joins the parts and inserts
     * nothing between them. A payload may contain the magic number.
     */
    CONCAT,

    /**
     * MXNet's dialect (dmlc-core). A record is split wherever its payload contains the magic number at an offset that
     * is a multiple of four. The encoder leaves out the four bytes of this magic number, and the decoder inserts them
     * again between the parts.
     */
    DMLC
}
