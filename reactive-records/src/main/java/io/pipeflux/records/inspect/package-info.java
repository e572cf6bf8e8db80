/** Finds out what records hold, and proposes a schema. */
@NullMarked
package io.pipeflux.records.inspect;

import org.jspecify.annotations.NullMarked;
