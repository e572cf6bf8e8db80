/** A small training service, which reads data from S3 through named pipes and trains a linear classifier. */
@NullMarked
package io.pipeflux.samples.training;

import org.jspecify.annotations.NullMarked;
