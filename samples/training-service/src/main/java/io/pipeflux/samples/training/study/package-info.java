/** Repeats the study that made pipe mode known: file mode against pipe mode over a link of limited speed. */
@NullMarked
package io.pipeflux.samples.training.study;

import org.jspecify.annotations.NullMarked;
