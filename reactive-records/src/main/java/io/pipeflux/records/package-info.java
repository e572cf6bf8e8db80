/**
 * Detects the formats of objects, and parses the protobuf messages in records. The subpackages contain the formats,
 * the schemas, and the columns of batches.
 */
@NullMarked
package io.pipeflux.records;

import org.jspecify.annotations.NullMarked;
