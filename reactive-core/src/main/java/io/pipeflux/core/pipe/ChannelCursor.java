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

    private static final Logger log = Loggers.getLogger(ChannelCursor.class);

    private final PipeOptions options;
    private final String channel;

    private final ChannelConfig config;
    private final EpochState state;
    private @Nullable Reading current;
    private volatile @Nullable String lastRead; // the id of its report

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
        FoundPipe opened = reading.found();
        lastRead = opened == null ? null : opened.reportId();
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
        private long inUse = EpochState.HELD; // logged once
        private boolean moved;
        private long movedFrom = EpochState.HELD; // the index that was next before this reading moved on
        private boolean agentLost; // whose pipe this reading waited in
        private @Nullable FoundPipe found;

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
            OptionalLong later = PipeNames.nextAfter(options.directory(), channel, index);
            if (later.isEmpty()) {
                moved = false;
                if (movedFrom != EpochState.HELD) { // to what a lost agent had left, and the next one has removed
                    index = movedFrom;
                    movedFrom = EpochState.HELD;
                } else if (index > 0) {
                    failIfBegunAgain();
                }
                return null;
            }
            if (!moved) {
                moved = true; // look once more: the writer may have made both between our two looks
                return null;
            }
            log.warn("{} is gone and {}_{} exists: moving on", name(), channel, later.getAsLong());
            movedFrom = movedFrom == EpochState.HELD ? index : movedFrom;
            index = later.getAsLong();
            return PipeNames.pipe(options.directory(), channel, index);
        }

        /**
         * Waiting for a later pipe would be in vain: the agent that takes the place of a lost one begins at number 0.
         */
        private void failIfBegunAgain() throws IOException {
            OptionalLong first = PipeNames.nextAfter(options.directory(), channel, -1);
            if (first.isPresent() && first.getAsLong() < index && (agentLost || isBegun(first.getAsLong()))) {
                throw PipeException.of(
                        "the agent was lost and another one has begun again: expected a pipe from number " + index
                                + " on, but got " + channel + "_" + first.getAsLong()
                                + "; start the reader again, from its last checkpoint",
                        name(),
                        null,
                        null);
            }
        }

        /**
         * Returns whether a pipe before the one that is awaited waits for its first reader. A pipe that this process
         * has read, and left early, is there until its writer notices. So may be the one that was read last where
         * processes share the epochs.
         */
        private boolean isBegun(long earlier) {
            if (options.stateDirectory() != null && earlier == index - 1) {
                return false;
            }
            Path report = PipeNames.endFile(options.directory(), channel, earlier);
            try (ReportFile file = ReportFile.open(report)) {
                PipeReport of = file.read();
                PipeIdentity pipe = PipeIdentity.of(PipeNames.pipe(options.directory(), channel, earlier));
                return of.end() == null && pipe.equals(of.pipe()) && !of.id().equals(lastRead);
            } catch (IOException e) {
                log.debug("cannot tell yet whether {}_{} has begun", channel, earlier, e); // removed, or being written
                return false;
            }
        }

        @Override
        public PipeSide side(Path pipe) throws IOException {
            PathKind.FIFO.require(pipe);
            FoundPipe next = FoundPipe.at(pipe, PipeNames.endFile(options.directory(), channel, index));
            synchronized (this) {
                closeFound();
                found = next;
            }
            try {
                next.failIfInUse();
            } catch (PipeInUseException e) {
                if (index != inUse) {
                    inUse = index;
                    log.warn("waiting for the next pipe: found {}", e.getMessage());
                }
                throw e;
            }
            return FifoSystem.ofThisMachine().readSide(pipe);
        }

        private synchronized @Nullable FoundPipe found() {
            return found;
        }

        @Override
        public void opened(@Nullable Path opened) throws IOException {
            FoundPipe pipe = found();
            if (pipe != null) {
                pipe.opened(opened);
            }
        }

        @Override
        public void waiting() throws IOException {
            FoundPipe pipe = found();
            if (pipe != null) {
                pipe.failIfReplaced();
            }
        }

        @Override
        public void left() throws IOException {
            FoundPipe pipe = found();
            if (pipe != null) {
                try {
                    pipe.failIfAbandoned();
                } catch (PipeRemovedException e) {
                    agentLost = true;
                    throw e;
                }
            }
        }

        @Override
        public boolean mayOpen() throws IOException {
            return ChannelCursor.this.use(this);
        }

        @Override
        public void verifyEnd(long bytes) throws IOException {
            FoundPipe pipe = found();
            if (pipe != null && isCurrent(this)) {
                pipe.verifyEnd(bytes, name());
            }
        }

        /** What the writer of the pipe that is open named as the channel's content, or null if that is unknown. */
        @Override
        public @Nullable String content() {
            FoundPipe pipe = found();
            return pipe == null ? null : pipe.content();
        }

        @Override
        public void release() {
            ChannelCursor.this.release(this);
            closeFound();
        }

        private synchronized void closeFound() {
            if (found != null) {
                try {
                    found.close();
                } catch (IOException e) {
                    log.debug("cannot close the report of {}", name(), e); // it was read only
                }
                found = null;
            }
        }
    }
}
