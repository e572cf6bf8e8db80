/** Encodes and decodes batches as Apache Arrow's streams, to exchange them with programs in any language. */
@NullMarked
package io.pipeflux.records.arrow;

import org.jspecify.annotations.NullMarked;
