/** RecordIO, as SageMaker and MXNet write it. */
@NullMarked
package io.pipeflux.records.recordio;

import org.jspecify.annotations.NullMarked;
