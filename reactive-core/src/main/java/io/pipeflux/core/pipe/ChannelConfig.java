package io.pipeflux.core.pipe;

import io.pipeflux.core.job.InputDataConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Whether the configuration has a channel in Pipe mode; looked at once. */
final class ChannelConfig {

    /** How long the configuration may be missing: a wrong directory is to be told soon. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final PipeOptions options;
    private final String channel;
    private volatile boolean verified;

    ChannelConfig(PipeOptions options, String channel) {
        this.options = options;
        this.channel = channel;
    }

    /** How long one reading waits for the configuration: less than for the pipe, so that the error names what is missing. */
    Deadline grace() {
        Duration timeout = options.openTimeout();
        Duration most = timeout.multipliedBy(9).dividedBy(10);
        return Deadline.after(!timeout.isZero() && most.compareTo(GRACE) < 0 ? most : GRACE);
    }

    /**
     * Fails unless the channel is there, in Pipe mode.
     *
     * @return false if the configuration is not there yet: an agent started beside the reader may be about to write it
     */
    boolean verify(Deadline grace) throws IOException {
        Path config = options.configDirectory();
        if (!verified && config != null) {
            InputDataConfig read = InputDataConfig.read(config, !grace.hasPassed());
            if (read == null) {
                return false;
            }
            read.requirePipe(channel);
        }
        verified = true;
        return true;
    }
}
