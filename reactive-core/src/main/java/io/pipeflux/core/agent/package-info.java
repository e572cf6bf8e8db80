/**
 * The agent of a training job. {@link io.pipeflux.core.agent.PipeAgent} writes the job's configuration and fills the
 * pipes of the job's channels from any source of objects.
 */
@NullMarked
package io.pipeflux.core.agent;

import org.jspecify.annotations.NullMarked;
