package io.pipeflux.s3.test;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Permits short blocking of Netty's threads by others: by the SDK, which closes its connections (otherwise closing a
 * client would hang) and looks for the JDK's XML parser before it parses the first response; and by Netty's allocator,
 * which takes a lock.
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
