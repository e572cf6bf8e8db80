/** Lines of text. */
@NullMarked
package io.pipeflux.records.text;

import org.jspecify.annotations.NullMarked;
