/** A training service in the small: S3 through named pipes into a linear classifier. */
@NullMarked
package io.pipeflux.samples.training;

import org.jspecify.annotations.NullMarked;
