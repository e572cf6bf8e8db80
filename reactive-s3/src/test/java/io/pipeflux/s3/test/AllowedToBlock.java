package io.pipeflux.s3.test;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * What others block Netty's threads for, shortly: the SDK, to close its connections (without it closing a client hangs) and
 * to look for the JDK's XML parser when the first answer is to be parsed; Netty's allocator, for a lock of its own.
 */
public final class AllowedToBlock implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside("io.netty.channel.pool.SimpleChannelPool", "close")
                .allowBlockingCallsInside(
                        "software.amazon.awssdk.protocols.query.unmarshall.XmlDomParser", "createXmlInputFactory")
                .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator", "allocate");
    }
}
