/** Parses lines of JSON into columns. */
@NullMarked
package io.pipeflux.records.json;

import org.jspecify.annotations.NullMarked;
