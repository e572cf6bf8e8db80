/** Reads and writes text lines. */
@NullMarked
package io.pipeflux.records.text;

import org.jspecify.annotations.NullMarked;
