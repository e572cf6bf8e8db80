/** Reads and writes RecordIO, in the dialects of SageMaker and MXNet. */
@NullMarked
package io.pipeflux.records.recordio;

import org.jspecify.annotations.NullMarked;
