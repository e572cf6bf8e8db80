/** Repeats the study that made pipe mode known: it compares file mode with pipe mode over a link of limited speed. */
@NullMarked
package io.pipeflux.samples.training.study;

import org.jspecify.annotations.NullMarked;
