/** Batches of columns as Apache Arrow's streams: across pipes, to and from programs in any language. */
@NullMarked
package io.pipeflux.records.arrow;

import org.jspecify.annotations.NullMarked;
