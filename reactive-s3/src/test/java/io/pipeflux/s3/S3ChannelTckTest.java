package io.pipeflux.s3;

import io.pipeflux.core.suite.PublisherTck;
import io.pipeflux.s3.test.S3Server;
import java.nio.ByteBuffer;
import org.reactivestreams.Publisher;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/**
 * Every chunk is an object of one byte. Skipped: what the TCK itself leaves untested, the rules about a publisher that
 * fails at subscription (1.4, 1.9: this one fails when it is asked), and 3.17, which needs 2^31 - 1 chunks.
 */
public class S3ChannelTckTest extends PublisherTck<ByteBuffer> {

    private static final int OBJECTS = 25;
    private S3Server server;

    @BeforeClass
    public void startServer() throws Exception {
        server = S3Server.start();
        server.createBucket("tck");
        for (int objects = 0; objects <= OBJECTS; objects++) {
            for (int i = 0; i < Math.max(1, objects); i++) {
                server.put("tck", "n" + objects + "/" + i, new byte[Math.min(1, objects)]);
            }
        }
    }

    @AfterClass
    public void stopServer() {
        server.close();
    }

    @Override
    public Publisher<ByteBuffer> createPublisher(long elements) {
        return S3Channels.prefix(server.client(), "s3://tck/n" + elements + "/").bytes();
    }

    @Override
    public Publisher<ByteBuffer> createFailedPublisher() {
        return null; // fails when it is asked, not when it is subscribed to
    }

    @Override
    public long maxElementsFromPublisher() {
        return OBJECTS;
    }
}
