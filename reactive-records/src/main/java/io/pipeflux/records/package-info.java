/** Formats of records, and the content of records: frames, protobuf messages, and columns. */
@NullMarked
package io.pipeflux.records;

import org.jspecify.annotations.NullMarked;
