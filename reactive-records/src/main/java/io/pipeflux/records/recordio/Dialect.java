package io.pipeflux.records.recordio;

/**
 * How the parts of one RecordIO record are joined. Nothing in the bytes names the dialect, and a record that is read in
 * the wrong one is silently wrong, so the caller chooses it. Records of one part are the same in both dialects.
 */
public enum Dialect {

    /**
     * SageMaker's dialect: parts are joined without bytes between them. Records are split by size, at any byte. A
     * payload may contain the magic number.
     */
    CONCAT,

    /**
     * MXNet's dialect (dmlc-core): records are split where their payload has the magic number at an offset that is a
     * multiple of four, and those four bytes are left out. The decoder inserts them again between the parts.
     */
    DMLC
}
