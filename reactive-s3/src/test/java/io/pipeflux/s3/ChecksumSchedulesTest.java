package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Random objects, options, demand, breaks and flipped bits, all of them from a seed. Every object has a checksum, so no
 * object ends without an error if one of its bytes is wrong, and none with an error if all are right.
 */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class ChecksumSchedulesTest extends S3Test {

    private static final int ROUNDS = Integer.getInteger("pipeflux.rounds", 40);
    private static final int FIRST = Integer.getInteger("pipeflux.seed", 1);
    private static final int[] SIZES = {1, 1000, 65_536, 100_000, 262_144, 300_001, 700_000};

    private final Map<String, byte[]> contents = new TreeMap<>();

    @Test
    void noScheduleHandsOnAWrongByteWithoutAnError() throws Exception {
        for (int i = 0; i < SIZES.length; i++) {
            contents.put("o" + i, S3Server.bytes(SIZES[i], i));
        }
        try (ChecksumStore store = new ChecksumStore(contents)) {
            S3AsyncClient client = server.plainClient(
                    store.port(), ReactorNettyHttpClient.builder().maxConnections(20));
            List<S3ObjectRef> listed = Listing.of(client, S3Uri.parse("s3://train/"), S3ReadOptions.defaults())
                    .collectList()
                    .block();
            int caught = 0;
            for (int seed = FIRST; seed < FIRST + ROUNDS; seed++) {
                try {
                    caught += round(store, client, listed, new SplittableRandom(seed)) ? 1 : 0;
                } catch (Throwable t) {
                    throw new AssertionError("seed " + seed, t);
                }
            }
            assertThat(caught).isPositive().isLessThan(ROUNDS);
        }
    }

    /** Returns whether an altered object was caught. */
    private boolean round(ChecksumStore store, S3AsyncClient client, List<S3ObjectRef> listed, SplittableRandom random)
            throws Exception {
        int part = 20_000 + random.nextInt(250_000);
        S3ReadOptions options = S3ReadOptions.defaults()
                .partSize(part)
                .windowBytes(part + random.nextInt(6 * part))
                .getsInFlight(1 + random.nextInt(16))
                .retries(300)
                .checksums(random.nextBoolean() ? Checksums.REQUIRE : Checksums.WHEN_AVAILABLE);
        List<SumKind> kinds = SumKind.of(options.checksums());
        store.kind(kinds.get(random.nextInt(kinds.size())));
        List<S3ObjectRef> objects = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            S3ObjectRef ref = listed.get(random.nextInt(SIZES.length));
            boolean sized = random.nextInt(3) > 0;
            objects.add(sized ? ref : new S3ObjectRef(ref.bucket(), ref.key(), ObjectBytes.UNKNOWN_SIZE, null));
        }
        Spoiler spoiler = new Spoiler(random.nextLong(), random.nextInt(3) * 3);
        store.spoil(spoiler::spoil);
        Map<Integer, ByteArrayOutputStream> read = new ConcurrentHashMap<>();
        PipelineMonitor monitor = PipelineMonitor.create("train");
        Throwable error = null;
        try {
            EpochObjects.of("a test", client, options, Flux.fromIterable(objects))
                    .concatMap(
                            object -> {
                                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                                return object.bytes()
                                        .doOnNext(it -> bytes.write(
                                                it.array(), it.arrayOffset() + it.position(), it.remaining()))
                                        .doOnComplete(() -> read.put((int) object.ordinal(), bytes));
                            },
                            0)
                    .contextWrite(monitor.watch())
                    .limitRate(1 + random.nextInt(3))
                    .then()
                    .block(Patience.PATIENCE);
        } catch (ObjectReadException e) {
            error = e;
        }
        long verified = 0;
        for (Map.Entry<Integer, ByteArrayOutputStream> it : read.entrySet()) {
            byte[] right = contents.get(objects.get(it.getKey()).key());
            assertThat(Arrays.equals(it.getValue().toByteArray(), right))
                    .as("the bytes of " + objects.get(it.getKey()))
                    .isTrue();
            verified += right.length;
        }
        assertThat(monitor.verifiedBytes()).isEqualTo(verified);
        if (error == null) {
            assertThat(read).hasSize(objects.size());
        } else {
            assertThat(spoiler.flipped)
                    .as("an error without a flipped bit: " + error)
                    .isPositive();
            assertThat(error).hasMessageContaining("not those that were stored");
        }
        return error != null;
    }

    private static final class Spoiler {

        private final SplittableRandom random;
        private int left;
        volatile int flipped;

        Spoiler(long seed, int left) {
            this.random = new SplittableRandom(seed);
            this.left = left;
        }

        synchronized void spoil(Request request, Answer answer) {
            if (left == 0 || request.isList() || random.nextInt(3) == 0) {
                return;
            }
            left--;
            if (request.method().equals("HEAD")) {
                answer.status(503);
                return;
            }
            if (answer.status() >= 300) {
                return;
            }
            int length = answer.body().length;
            if (random.nextInt(3) == 0) {
                flipped++;
                ChecksumStore.flip(answer, random.nextInt(length));
            }
            if (random.nextInt(2) == 0) {
                answer.cut(random.nextInt(length + 1), random.nextBoolean() ? Answer.Ending.FIN : Answer.Ending.RST);
            }
        }
    }
}
