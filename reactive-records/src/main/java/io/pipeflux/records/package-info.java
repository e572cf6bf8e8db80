/**
 * Records and what is in them: framing formats, protobuf messages, columns.
 */
@NullMarked
package io.pipeflux.records;

import org.jspecify.annotations.NullMarked;
