/** Decodes CSV records (comma-separated values), and parses them into columns. */
@NullMarked
package io.pipeflux.records.csv;

import org.jspecify.annotations.NullMarked;
