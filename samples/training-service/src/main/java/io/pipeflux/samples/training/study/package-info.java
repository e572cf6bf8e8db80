/**
 * Repeats the study that made pipe mode well known. The study compares file mode with pipe mode over a link of limited
 * throughput.
 */
@NullMarked
package io.pipeflux.samples.training.study;

import org.jspecify.annotations.NullMarked;
