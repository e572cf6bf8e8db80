package io.pipeflux.core.pipe;

import io.pipeflux.core.job.InputDataConfig;
import java.nio.file.Path;
import java.time.Duration;

/** Checks, once per channel, that the configuration contains the channel and that the channel is in Pipe mode. */
final class ChannelConfig {

    /**
     * The maximum time for which the reader waits for a missing configuration. It is short, so that a wrong directory
     * is reported quickly.
     */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final PipeOptions options;
    private final String channel;
    private volatile boolean verified;

    ChannelConfig(PipeOptions options, String channel) {
        this.options = options;
        this.channel = channel;
    }

    /**
     * Returns the deadline by which the configuration must appear. It is earlier than the deadline for the pipe,
     * because a missing configuration would otherwise be reported as a missing pipe.
     */
    Deadline grace() {
        Duration timeout = options.openTimeout();
        Duration most = timeout.multipliedBy(9).dividedBy(10);
        return Deadline.after(!timeout.isZero() && most.compareTo(GRACE) < 0 ? most : GRACE);
    }

    /**
     * Fails unless the configuration contains the channel in Pipe mode.
     *
     * @return false if the configuration does not exist yet. It may appear later, because the agent that writes the
     *     configuration may have started at the same time as the reader
     */
    boolean verify(Deadline grace) {
        Path config = options.configDirectory();
        if (!verified && config != null) {
            InputDataConfig found = InputDataConfig.find(config);
            if (found == null && !grace.hasPassed()) {
                return false;
            }
            (found == null ? InputDataConfig.read(config) : found).requirePipe(channel);
        }
        verified = true;
        return true;
    }
}
