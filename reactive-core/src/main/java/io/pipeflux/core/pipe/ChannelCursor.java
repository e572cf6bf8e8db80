package io.pipeflux.core.pipe;

import io.pipeflux.core.PipeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Which pipe of a channel is read next: its index, kept by an {@link EpochState} and raised when a writer had the pipe
 * open, and the one reading that may go on at a time.
 */
final class ChannelCursor {

    private static final Logger log = Loggers.getLogger(PipeChannels.class);

    private final PipeOptions options;
    private final String channel;

    private final ChannelConfig config;
    private final EpochState state;
    private @Nullable Reading current;

    ChannelCursor(PipeOptions options, String channel) {
        this.options = options;
        this.channel = channel;
        this.config = new ChannelConfig(options, channel);
        Path shared = options.stateDirectory();
        this.state = shared == null ? EpochState.inMemory() : new SharedEpochState(shared, channel);
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
        current = new Reading();
        return current;
    }

    private synchronized boolean isCurrent(Reading reading) {
        return current == reading;
    }

    /** The next pipe's index, or {@link EpochState#HELD}; also when this reading is over. */
    private synchronized long claim(Reading reading) throws IOException {
        return current == reading ? state.claim() : EpochState.HELD;
    }

    private synchronized boolean use(Reading reading) throws IOException {
        if (current != reading) {
            return false;
        }
        state.use(reading.index);
        return true;
    }

    private synchronized void release(Reading reading) {
        if (current == reading) {
            current = null;
            state.release();
        }
    }

    private final class Reading implements PipeSource {

        private final Deadline grace = config.grace();
        private volatile long index = EpochState.HELD;
        private boolean moved;

        @Override
        public String name() {
            return index == EpochState.HELD ? channel : channel + "_" + index;
        }

        @Override
        public @Nullable Path find() throws IOException {
            if (!config.verify(grace)) {
                return null;
            }
            if (index == EpochState.HELD) {
                index = claim(this);
            }
            if (index == EpochState.HELD) {
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
        public boolean use() throws IOException {
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
