package io.pipeflux.core.suite;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets the TCK's subscriber wait on threads that must not block. Its queue has a lock that the test's own thread holds
 * for moments. An error thrown there would break the lock, and the end of the stream would never reach the test.
 */
public final class TckMayBlock implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "add")
                .allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "complete")
                .allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Promise", "complete")
                .allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Promise", "completeImmediatly");
    }
}
