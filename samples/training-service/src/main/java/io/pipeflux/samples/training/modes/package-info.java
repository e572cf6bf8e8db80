/** Compares file mode with pipe mode. Contains the download that file mode needs, and the figures of both modes. */
@NullMarked
package io.pipeflux.samples.training.modes;

import org.jspecify.annotations.NullMarked;
