/** Rows of several fields: groups of records, and the samples of WebDataset's tar archives. */
@NullMarked
package io.pipeflux.records.rows;

import org.jspecify.annotations.NullMarked;
