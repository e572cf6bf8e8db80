/**
 * Record formats and record contents: frames, protobuf messages, columns.
 */
@NullMarked
package io.pipeflux.records;

import org.jspecify.annotations.NullMarked;
