/** Encodes and decodes batches as Apache Arrow streams, which programs in any language can read and write. */
@NullMarked
package io.pipeflux.records.arrow;

import org.jspecify.annotations.NullMarked;
