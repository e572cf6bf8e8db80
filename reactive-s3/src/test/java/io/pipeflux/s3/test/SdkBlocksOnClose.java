package io.pipeflux.s3.test;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Lets the SDK close its connections, for which it blocks a thread of Netty's; without it closing a client hangs. And
 * lets it look for the JDK's XML parser, on the thread that brings it the first answer to parse.
 */
public final class SdkBlocksOnClose implements BlockHoundIntegration {

    @Override
    public void applyTo(BlockHound.Builder builder) {
        builder.allowBlockingCallsInside("io.netty.channel.pool.SimpleChannelPool", "close")
                .allowBlockingCallsInside(
                        "software.amazon.awssdk.protocols.query.unmarshall.XmlDomParser", "createXmlInputFactory");
    }
}
