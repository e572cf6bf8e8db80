/** The command-line program of the agent. It reads from S3 or from local files, and fills pipes as SageMaker does. */
@NullMarked
package io.pipeflux.samples.agent;

import org.jspecify.annotations.NullMarked;
