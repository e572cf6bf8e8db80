/** Infers schemas from the content of records. */
@NullMarked
package io.pipeflux.records.inspect;

import org.jspecify.annotations.NullMarked;
