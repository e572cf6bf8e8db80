package io.pipeflux.samples.training.service;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event for a subscriber to a job.
 *
 * @param job the current state of the job, or null if it has not changed since the subscriber's last event
 * @param lines the log lines since the subscriber's last event
 * @param isEnd whether the job has ended. If so, this is the final event
 */
public record JobEvent(@Nullable JobDetail job, List<String> lines, boolean isEnd) {}
