package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Which pipe of a channel is read next: the index, raised when a writer had the pipe open, and the one reading that may
 * go on at a time.
 */
final class ChannelCursor {

    private static final Logger log = Loggers.getLogger(PipeChannels.class);

    /** How long the configuration may be missing: a wrong directory is to be told soon. */
    private static final Duration CONFIG_GRACE = Duration.ofSeconds(5);

    private final PipeOptions options;
    private final String channel;

    private long next;
    private volatile boolean verified;
    private @Nullable Reading current;

    ChannelCursor(PipeOptions options, String channel) {
        this.options = options;
        this.channel = channel;
    }

    /** Begins a reading of the next pipe. */
    synchronized PipeSource begin() {
        if (current != null) {
            throw PipeException.of(
                    "channel \"" + channel + "\" is being read by another subscriber: a pipe has one reader",
                    current.name(),
                    null,
                    null);
        }
        current = new Reading(next);
        return current;
    }

    private synchronized boolean isCurrent(Reading reading) {
        return current == reading;
    }

    private synchronized boolean use(Reading reading) {
        if (current != reading) {
            return false;
        }
        next = reading.index + 1;
        return true;
    }

    private synchronized void release(Reading reading) {
        if (current == reading) {
            current = null;
        }
    }

    /**
     * Fails unless the configuration has the channel in Pipe mode; looked at once.
     *
     * @return false if the configuration is not there yet: an agent started beside the reader may be about to write it
     */
    private boolean verify(Deadline grace) throws IOException {
        Path config = options.configDirectory();
        if (!verified && config != null) {
            if (!InputDataConfig.isIn(config) && !grace.hasPassed()) {
                return false;
            }
            InputDataConfig.read(config).requirePipe(channel);
        }
        verified = true;
        return true;
    }

    private final class Reading implements PipeSource {

        private volatile long index;
        private final Deadline grace;
        private boolean moved;

        Reading(long index) {
            this.index = index;
            boolean hasty =
                    !options.openTimeout().isZero() && options.openTimeout().compareTo(CONFIG_GRACE) < 0;
            this.grace = Deadline.after(hasty ? options.openTimeout() : CONFIG_GRACE);
        }

        @Override
        public String name() {
            return channel + "_" + index;
        }

        @Override
        public @Nullable Path find() throws IOException {
            if (!verify(grace)) {
                return null;
            }
            Path pipe = PipeNames.pipe(options.directory(), channel, index);
            if (Files.exists(pipe)) {
                return pipe;
            }
            OptionalLong later = Files.isDirectory(options.directory())
                    ? PipeNames.nextAfter(options.directory(), channel, index)
                    : OptionalLong.empty();
            if (later.isEmpty()) {
                moved = false;
                return null;
            }
            if (!moved) {
                moved = true; // look once more: the writer may have made both between our two looks
                return null;
            }
            log.warn("{} is gone and {}_{} is there: moving on", name(), channel, later.getAsLong());
            index = later.getAsLong();
            return PipeNames.pipe(options.directory(), channel, index);
        }

        @Override
        public boolean use() {
            return ChannelCursor.this.use(this);
        }

        @Override
        public void verifyEnd(long bytes) throws IOException {
            EndFile end = EndFile.read(PipeNames.endFile(options.directory(), channel, index));
            if (end == null || !isCurrent(this)) {
                return;
            }
            if (end.error() != null) {
                throw PipeException.of(
                        "the agent ended the pipe after " + end.bytes() + " bytes: " + end.error(), name(), null, null);
            }
            if (end.bytes() != bytes) {
                throw PipeException.of(
                        "the agent wrote " + end.bytes() + " bytes and " + bytes + " arrived", name(), null, null);
            }
        }

        @Override
        public void release() {
            ChannelCursor.this.release(this);
        }
    }
}
