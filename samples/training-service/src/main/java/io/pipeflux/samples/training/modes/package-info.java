/** Compares file mode with pipe mode: the download of file mode, and the figures of both. */
@NullMarked
package io.pipeflux.samples.training.modes;

import org.jspecify.annotations.NullMarked;
