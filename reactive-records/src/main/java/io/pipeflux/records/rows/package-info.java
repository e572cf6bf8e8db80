/**
 * Decodes rows that consist of several fields: groups of RecordIO records, and the samples in WebDataset's tar
 * archives.
 */
@NullMarked
package io.pipeflux.records.rows;

import org.jspecify.annotations.NullMarked;
