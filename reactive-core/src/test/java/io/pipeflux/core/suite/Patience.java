package io.pipeflux.core.suite;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How long tests wait for what must happen: so long that only a hang takes longer, on a machine that is busy with other
 * work, too. JUnit finds this extension as a service, and it sets what {@code await()} does without {@code atMost}.
 */
public final class Patience implements BeforeAllCallback {

    /** For a single step, such as an answer, an element or a connection's end. */
    public static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Duration LOOK_EVERY = Duration.ofMillis(5);

    /** It reports each directory that is left to {@link PatientTempDirs}. */
    private static final Logger TEMP_DIRS = Logger.getLogger("org.junit.jupiter.engine.extension.TempDirectory");

    /** The future's value. */
    public static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("expected a value, but got " + e, e);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        TEMP_DIRS.setLevel(Level.WARNING);
        Awaitility.setDefaultTimeout(PATIENCE);
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(LOOK_EVERY);
    }
}
