/** Batches for DJL, the Deep Java Library. */
@NullMarked
package io.pipeflux.djl;

import org.jspecify.annotations.NullMarked;
