/** Compares file mode with pipe mode: the download of file mode, and the figures of the two modes. */
@NullMarked
package io.pipeflux.samples.training.modes;

import org.jspecify.annotations.NullMarked;
