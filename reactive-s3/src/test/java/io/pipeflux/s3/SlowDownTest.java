package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.FaultProxy.Trouble;
import io.pipeflux.s3.test.S3Server;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** A window over a store that refuses more than it can do. */
class SlowDownTest extends S3Test {

    private static final int PART = 10_000;
    private static final int PARTS = 1000; // at most: it is read until the window has grown again
    private static final int ABLE = 6; // GETs at a time, while it is busy
    private static final int BUSY_FOR = 200; // GETs, the first of them refused

    // guarded by this
    private int refused;
    private int afterRefusal;
    private volatile boolean hasGrown;

    @Test
    void keepsToWhatTheStoreCanDoAndGrowsAgainWhenThatIsMore() {
        byte[] content = S3Server.bytes(PARTS * PART, 1);
        server.put(bucket, "a", content);
        proxy.delay(Duration.ofMillis(40));
        proxy.troubleEvery(head -> whileBusy());
        S3ReadOptions options = S3ReadOptions.defaults()
                .partSize(PART)
                .windowBytes(20 * PART)
                .getsInFlight(16)
                .retries(100);
        S3AsyncClient client = server.plainClient(proxy.port(), ReactorNettyHttpClient.builder());

        byte[] bytes = all(S3Channels.prefix(client, "s3://" + bucket + "/", options)
                .bytes()
                .takeUntil(chunk -> hasGrown));

        assertThat(Arrays.mismatch(bytes, content))
                .as("the object, or its beginning")
                .isIn(-1, bytes.length);
        assertThat(hasGrown).isTrue();
        // one that kept its window as it was would see two of five refused
        assertThat(refused).as("refused of " + BUSY_FOR + " GETs").isBetween(1, BUSY_FOR / 3);
    }

    private synchronized Trouble whileBusy() {
        int others = proxy.inFlight();
        if (refused > 0) {
            afterRefusal++;
        }
        if (afterRefusal < BUSY_FOR && others >= ABLE) {
            refused++;
            return Trouble.answer(503, "SlowDown");
        }
        hasGrown |= afterRefusal >= BUSY_FOR && others > ABLE + 1;
        return Trouble.NONE;
    }
}
