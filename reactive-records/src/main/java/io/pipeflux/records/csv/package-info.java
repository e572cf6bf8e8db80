/** Parses records of comma-separated values into columns. */
@NullMarked
package io.pipeflux.records.csv;

import org.jspecify.annotations.NullMarked;
