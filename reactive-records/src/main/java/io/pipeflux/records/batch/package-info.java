/** Represents batches of records as columns. */
@NullMarked
package io.pipeflux.records.batch;

import org.jspecify.annotations.NullMarked;
