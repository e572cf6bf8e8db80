package io.pipeflux.s3.test;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/** Lets the SDK close its connections, for which it blocks a thread of Netty's; without it closing a client hangs. */
public final class SdkBlocksOnClose implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside("io.netty.channel.pool.SimpleChannelPool", "close");
    }
}
