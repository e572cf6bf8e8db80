/**
 * Encodes batches as streams in Apache Arrow's format, and decodes such streams. Programs in many languages can read
 * and write this format.
 */
@NullMarked
package io.pipeflux.records.arrow;

import org.jspecify.annotations.NullMarked;
