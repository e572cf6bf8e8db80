package io.pipeflux.core.pipe;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Runs every step of a clean-up, even if an earlier step throws an exception or an {@code Error}. The first failure is
 * kept. Later failures are added to the first one as suppressed exceptions.
 */
final class AllSteps {

    /** One step of a clean-up. The step may throw. */
    interface Step {
        void run() throws Exception;
    }

    private @Nullable Throwable failure;

    AllSteps(@Nullable Throwable failure) {
        this.failure = failure;
    }

    @SuppressWarnings("ReferenceEquality") // a Throwable cannot suppress itself
    void run(Step step) {
        try {
            step.run();
        } catch (Throwable t) {
            if (failure == null) {
                failure = t;
            } else if (failure != t) {
                failure.addSuppressed(t);
            }
        }
    }

    /** Returns the first failure, or null if there was none. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Throws the first failure, if there was one. */
    void rethrow() throws IOException {
        Throwable first = failure;
        if (first instanceof Error e) {
            throw e;
        } else if (first instanceof RuntimeException e) {
            throw e;
        } else if (first instanceof IOException e) {
            throw e;
        } else if (first != null) {
            throw new IOException(first);
        }
    }
}
