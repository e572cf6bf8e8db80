/** The agent as a command-line program, which fills the pipes of a SageMaker-style directory from S3 or local files. */
@NullMarked
package io.pipeflux.samples.agent;

import org.jspecify.annotations.NullMarked;
