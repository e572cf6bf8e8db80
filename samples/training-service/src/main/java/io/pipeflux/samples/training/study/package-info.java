/** The study that made pipe mode known, to be repeated: file mode against pipe mode over a link of limited speed. */
@NullMarked
package io.pipeflux.samples.training.study;

import org.jspecify.annotations.NullMarked;
