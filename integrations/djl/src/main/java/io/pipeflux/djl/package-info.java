/** Converts batches to arrays and data sets of DJL, the Deep Java Library. */
@NullMarked
package io.pipeflux.djl;

import org.jspecify.annotations.NullMarked;
