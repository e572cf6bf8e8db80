/** Repeats the study that made pipe mode known: compares file mode with pipe mode over a link of limited throughput. */
@NullMarked
package io.pipeflux.samples.training.study;

import org.jspecify.annotations.NullMarked;
