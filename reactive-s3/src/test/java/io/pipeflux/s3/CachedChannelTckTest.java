package io.pipeflux.s3;

import io.pipeflux.core.suite.PublisherTck;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.reactivestreams.Publisher;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;

/**
 * Every chunk is an object of one byte, which is kept on the disk or read there: half of the objects find no room.
 * Skipped: as in {@link S3ChannelTckTest}.
 */
public class CachedChannelTckTest extends PublisherTck<ByteBuffer> {

    private static final int OBJECTS = 10;
    private static final long ROOM = OBJECTS / 2 * 4096;

    private S3Server server;
    private Path directory;

    @BeforeClass
    public void startServer() throws Exception {
        server = S3Server.start();
        directory = Files.createTempDirectory("pipeflux-cache-tck");
        server.createBucket("tck");
        for (int objects = 0; objects <= OBJECTS; objects++) {
            for (int i = 0; i < Math.max(1, objects); i++) {
                server.put("tck", "n" + objects + "/" + i, new byte[Math.min(1, objects)]);
            }
        }
    }

    @AfterClass
    public void stopServer() throws IOException {
        server.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    public Publisher<ByteBuffer> createPublisher(long elements) {
        return S3Channels.prefix(server.client(), "s3://tck/n" + elements + "/")
                .cachedIn(directory.resolve("n" + elements), ROOM)
                .bytes();
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
