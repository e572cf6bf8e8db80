package io.pipeflux.core.pipe;

import io.pipeflux.core.job.InputDataConfig;
import java.nio.file.Path;
import java.time.Duration;

/** Checks, once, that the configuration has a channel in Pipe mode. */
final class ChannelConfig {

    /** How long the configuration may be missing: a wrong directory should be reported soon. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final PipeOptions options;
    private final String channel;
    private volatile boolean verified;

    ChannelConfig(PipeOptions options, String channel) {
        this.options = options;
        this.channel = channel;
    }

    /**
     * Returns how long to wait for the configuration: less than for the pipe, so that the error names what is missing.
     */
    Deadline grace() {
        Duration timeout = options.openTimeout();
        Duration most = timeout.multipliedBy(9).dividedBy(10);
        return Deadline.after(!timeout.isZero() && most.compareTo(GRACE) < 0 ? most : GRACE);
    }

    /**
     * Fails unless the channel is there, in Pipe mode.
     *
     * @return false if the configuration does not exist yet: an agent started beside the reader may be about to write
     *     it
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
