package io.pipeflux.core.pipe;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Denied;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.KeyText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Decides which pipe of a channel is read next, and allows only one subscription at a time. An {@link EpochState} holds
 * the index of the next pipe. The index is incremented as soon as a writer has opened that pipe.
 */
final class ChannelCursor {

    private static final Logger log = Loggers.getLogger(ChannelCursor.class);

    private final PipeOptions options;
    private final String channel;

    private final ChannelConfig config;
    private final EpochState state;
    private @Nullable Reading current;
    private volatile @Nullable String lastRead; // the report ID of the most recently read pipe

    ChannelCursor(PipeOptions options, String channel) {
        this.options = options;
        this.channel = channel;
        this.config = new ChannelConfig(options, channel);
        Path shared = options.stateDirectory();
        this.state = shared == null ? EpochState.inMemory() : new SharedEpochState(shared, channel);
    }

    /**
     * Returns a source that finds and reads the next pipe for one subscription.
     *
     * @throws PipeException if another subscription is reading the channel
     */
    synchronized PipeSource begin() {
        if (current != null) {
            throw CoreAccess.exception(
                    PipeException.class,
                    ErrorKind.SECOND_SUBSCRIBER,
                    "expected one subscriber of channel \"" + channel + "\" at a time, but another one is reading it",
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

    /**
     * Returns the index of the next pipe, or {@link EpochState#HELD} if another process has claimed that pipe or the
     * subscription has ended.
     */
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
        private long inUse = EpochState.HELD; // the index of the pipe for which an in-use warning was logged
        private boolean moved;
        // the index of the pipe that was next before this subscription skipped to a later pipe
        private long movedFrom = EpochState.HELD;
        // whether the agent was lost while this subscription waited for bytes in its pipe
        private boolean agentLost;
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
            if (Denied.orExists(pipe)) {
                return pipe;
            }
            OptionalLong later = PipeNames.nextAfter(options.directory(), channel, index);
            if (later.isEmpty()) {
                moved = false;
                // If this subscription has skipped to a later pipe before, that pipe no longer exists, because it was a
                // leftover of a lost agent and the next agent has removed it.
                if (movedFrom != EpochState.HELD) {
                    index = movedFrom;
                    movedFrom = EpochState.HELD;
                } else if (index > 0) {
                    failIfBegunAgain();
                }
                return null;
            }
            if (!moved) {
                // checks for the awaited pipe again, because the pipe may have been created after the first check
                moved = true;
                return null;
            }
            log.warn("{} was removed and {}_{} exists: continuing with that pipe", name(), channel, later.getAsLong());
            movedFrom = movedFrom == EpochState.HELD ? index : movedFrom;
            index = later.getAsLong();
            return PipeNames.pipe(options.directory(), channel, index);
        }

        /**
         * Fails if a new agent has replaced a lost one. Otherwise, this subscription could wait forever, because the
         * new agent begins with pipe 0 and may never create the awaited pipe.
         */
        private void failIfBegunAgain() throws IOException {
            OptionalLong first = PipeNames.nextAfter(options.directory(), channel, -1);
            if (first.isPresent() && first.getAsLong() < index && (agentLost || isBegun(first.getAsLong()))) {
                throw CoreAccess.exception(
                        PipeException.class,
                        ErrorKind.AGENT_RESTARTED,
                        "the agent was lost, and another one has started from the beginning: expected " + channel + "_"
                                + index + " or a later pipe, but got " + channel + "_" + first.getAsLong()
                                + "; start the reader again from its last checkpoint",
                        name(),
                        null,
                        null);
            }
        }

        /**
         * Returns whether a new agent has begun again with the pipe {@code earlier}, whose index is lower than that of
         * the awaited pipe. If so, that pipe still waits for its first reader.
         *
         * <p>Returns false for the pipe that this process read most recently: if this process stopped reading that pipe
         * early, the pipe exists until its writer notices that the reader has left. If several processes share the
         * epochs, also returns false for the pipe directly before the awaited one, because another process may have
         * stopped reading that pipe early.
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
                // the report was removed or is incomplete
                log.debug("could not determine whether {}_{} has begun", channel, earlier, e);
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
                    log.warn("waiting for the next pipe: found {}", KeyText.printable(String.valueOf(e.getMessage())));
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

        /**
         * Returns the name that the writer of the open pipe has given to the channel's content, or null if the name is
         * unknown.
         */
        @Override
        public @Nullable String content() {
            FoundPipe pipe = found();
            return pipe == null ? null : pipe.content();
        }

        @Override
        public @Nullable EpochProgress progress() {
            FoundPipe pipe = found();
            return pipe == null ? null : pipe.progress();
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
                    log.debug("could not close the report of {}", name(), e); // harmless: the report was only read
                }
                found = null;
            }
        }
    }
}
