/** Encodes and decodes batches as Apache Arrow streams, a format that programs in many languages can read and write. */
@NullMarked
package io.pipeflux.records.arrow;

import org.jspecify.annotations.NullMarked;
