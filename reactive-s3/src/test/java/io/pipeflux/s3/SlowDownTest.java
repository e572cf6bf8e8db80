package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.FaultProxy.Trouble;
import io.pipeflux.s3.test.S3Server;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A window over a store that refuses more than it can do. */
@Timeout(60)
class SlowDownTest extends S3Test {

    private static final int PART = 20_000;
    private static final int PARTS = 280;
    private static final int ABLE = 6; // GETs at a time, while it is busy
    private static final int BUSY_FOR = 140; // GETs

    private final AtomicInteger gets = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    @Test
    void keepsToWhatTheStoreCanDoAndGrowsAgainWhenThatIsMore() {
        byte[] content = S3Server.bytes(PARTS * PART, 1);
        server.put(bucket, "a", content);
        proxy.delay(Duration.ofMillis(25));
        proxy.troubleEvery(head -> whileBusy());
        S3ReadOptions options = S3ReadOptions.defaults()
                .partSize(PART)
                .windowBytes(20 * PART)
                .getsInFlight(16)
                .retries(100);

        byte[] bytes = all(S3Channels.prefix(
                        server.plainClient(proxy.port(), ReactorNettyHttpClient.builder()),
                        "s3://" + bucket + "/",
                        options)
                .bytes());

        assertThat(Arrays.equals(bytes, content)).isTrue();
        // one that kept its window as it was would see two of five refused
        assertThat(refused).as("refused of " + BUSY_FOR + " GETs").hasValueBetween(1, BUSY_FOR / 4);
        assertThat(proxy.mostInFlight()).as("in flight afterwards").isGreaterThan(ABLE + 1);
    }

    private synchronized Trouble whileBusy() {
        int get = gets.incrementAndGet();
        if (get == BUSY_FOR) {
            proxy.mostInFlight(); // counts anew
        }
        if (get > BUSY_FOR || proxy.inFlight() < ABLE) {
            return Trouble.NONE;
        }
        refused.incrementAndGet();
        return Trouble.answer(503, "SlowDown");
    }
}
