package io.pipeflux.core.channel;

import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.core.suite.ThrowablesContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class DirectoryThrowablesTest {

    @TempDir
    Path directory;

    @AfterEach
    void leavesNothingOpen() {
        OpenResources.awaitNoneLeft(directory);
    }

    @TestFactory
    Stream<DynamicNode> everySubscriberGetsItsEnd() throws IOException {
        for (String name : new String[] {"a", "b", "c"}) {
            Files.write(directory.resolve(name), new byte[300 << 10]); // two chunks
        }
        DirectoryChannel channel = DirectoryChannel.of(directory);
        return new ThrowablesContract()
                .source("objects", channel::objects)
                .source("bytes", channel::bytes)
                .source("bytes, shuffled", () -> channel.shuffle(42).bytes())
                .source("objects, shared", () -> channel.shard(2, 0).objects())
                .tests();
    }
}
