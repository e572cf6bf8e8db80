/** File mode beside pipe mode: the download that comes first, and figures of both side by side. */
@NullMarked
package io.pipeflux.samples.training.modes;

import org.jspecify.annotations.NullMarked;
