package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.s3.test.MemoryClient;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** GETs that end on event loops, and the looks at them, meet as often as they can, while BlockHound watches. */
@Timeout(300)
@Isolated("Reactor's hook for dropped errors is the JVM's")
class LooksTest {

    private static final int OBJECTS = 100_000;

    private final AtomicReference<Throwable> dropped = new AtomicReference<>();

    @AfterEach
    void resetHook() {
        Hooks.resetOnErrorDropped();
    }

    @Test
    void neverMakeAnEventLoopWait() {
        Hooks.onErrorDropped(dropped::set);
        S3AsyncClient client = new MemoryClient(new byte[1], 4);
        S3ReadOptions options = S3ReadOptions.defaults().retries(1000).noProgressTimeout(Duration.ofMillis(2));
        Flux<ChannelItem> items = Flux.range(0, OBJECTS).map(i -> new S3ObjectRef("bucket", "key" + i, 1, null));

        long bytes = EpochObjects.of("looks", client, options, items)
                .concatMap(ObjectBytes::bytes, 0)
                .reduce(0L, (sum, chunk) -> sum + chunk.remaining())
                .block();

        assertThat(bytes).isEqualTo(OBJECTS);
        assertThat(dropped).hasNullValue();
        client.close();
    }
}
