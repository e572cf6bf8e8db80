package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.ErrorIds;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.FaultProxy;
import io.pipeflux.s3.test.FaultProxy.Fault;
import io.pipeflux.s3.test.FaultProxy.Kind;
import io.pipeflux.s3.test.FaultProxy.Trouble;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Random objects, options, demand and faults, all of them from a seed: the bytes come out the same every time, or the
 * right error comes, and soon; over each of the clients in turn. A server states no checksums, so a flipped bit of a
 * body is not noticed; all that is asked for then is that it ends. A store states them, so a bit may be flipped in each
 * of its schedules, and none of them ends without an error if a byte is wrong.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS)
abstract class FaultSchedules extends S3Test {

    static final int ROUNDS = Integer.getInteger("pipeflux.rounds", 50);
    private static final int FIRST = Integer.getInteger("pipeflux.seed", 1);
    private static final int[] SIZES = {0, 1, 1000, 65_536, 100_000, 262_144, 300_001, 500_000, 1_000_000};

    private final List<byte[]> contents = new ArrayList<>();

    /** Returns clients of the store at a port, which do not retry, and are closed by this test. */
    abstract List<S3AsyncClient> clients(int port);

    /** Returns the number of schedules. */
    int schedules() {
        return (ROUNDS + 1) / 2;
    }

    @Test
    void everyScheduleOfFaultsGivesTheSameBytesOrTheRightError() throws Exception {
        for (int i = 0; i < SIZES.length; i++) {
            contents.add(S3Server.bytes(SIZES[i], i));
            server.put(bucket, "o" + i, contents.get(i));
        }
        rounds(proxy, bucket, false);
    }

    @Test
    void noScheduleOfFaultsGivesAWrongByteWithoutAnErrorIfThereAreChecksums() throws Exception {
        Map<String, byte[]> objects = new TreeMap<>();
        for (int i = 0; i < SIZES.length; i++) {
            contents.add(S3Server.bytes(SIZES[i], i));
            objects.put("o" + i, contents.get(i));
        }
        try (ChecksumStore store = new ChecksumStore(objects);
                FaultProxy before = FaultProxy.before(store.port())) {
            int flips = rounds(before, MisbehavingStore.BUCKET, true);
            assertThat(flips > 0 || ROUNDS < 50).isTrue();
        }
    }

    /** Returns the number of flipped bits. */
    private int rounds(FaultProxy through, String of, boolean checked) throws Exception {
        List<S3AsyncClient> clients = clients(through.port());
        List<S3ObjectRef> listed = Listing.of(clients.get(0), S3Uri.parse("s3://" + of + "/"), S3ReadOptions.defaults())
                .collectList()
                .block();
        assertThat(listed).hasSize(SIZES.length);
        int flips = 0;
        for (int seed = FIRST; seed < FIRST + schedules(); seed++) {
            try {
                Round round = new Round(seed, clients.get(seed % clients.size()), listed, through, checked);
                round.run();
                flips += round.flips;
            } catch (Throwable t) {
                throw new AssertionError("seed " + seed, t);
            }
        }
        // a connection that was never given back would have been missing in the rounds after; now all are idle, or
        // closed
        clients.forEach(S3AsyncClient::close);
        await().until(() -> through.openConnections() == 0);
        return flips;
    }

    private enum Ending {
        EQUAL,
        CANCELLED,
        DENIED,
        GONE,
        CHANGED,
        FLIPPED
    }

    private final class Round {

        private final RandomGenerator random;
        private final S3AsyncClient client;
        private final FaultProxy through;
        private final boolean checked;
        private final List<S3ObjectRef> objects = new ArrayList<>();
        private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
        private final Ending ending;
        private int faultsLeft;
        private int fatalIn;
        private volatile boolean refused;
        private volatile int flips;

        Round(long seed, S3AsyncClient client, List<S3ObjectRef> listed, FaultProxy through, boolean checked) {
            this.through = through;
            this.checked = checked;
            this.random = new java.util.SplittableRandom(seed);
            this.client = client;
            this.faultsLeft = random.nextInt(12);
            this.ending =
                    random.nextInt(3) > 0 ? Ending.EQUAL : Ending.values()[random.nextInt(Ending.values().length)];
            boolean sized = random.nextInt(3) > 0;
            int count = 1 + random.nextInt(8);
            for (int i = 0; i < count; i++) {
                int which = random.nextInt(SIZES.length);
                S3ObjectRef ref = listed.get(which);
                objects.add(sized ? ref : new S3ObjectRef(ref.bucket(), ref.key(), ObjectBytes.UNKNOWN_SIZE, null));
                expected.writeBytes(contents.get(which));
            }
            this.fatalIn = ending == Ending.DENIED || ending == Ending.GONE || ending == Ending.CHANGED
                    ? random.nextInt(3)
                    : -1;
        }

        void run() throws Exception {
            int part = 20_000 + random.nextInt(250_000);
            S3ReadOptions options = S3ReadOptions.defaults()
                    .partSize(part)
                    .windowBytes(part + random.nextInt(6 * part))
                    .getsInFlight(1 + random.nextInt(16))
                    .retries(300) // on a busy machine a try may end by the short limit alone
                    .noProgressTimeout(Duration.ofMillis(200));
            through.troubleEvery(head -> trouble());
            Reading reading = new Reading(
                    random.nextInt(4) == 0 ? Long.MAX_VALUE : 1 + random.nextInt(3),
                    ending == Ending.CANCELLED ? random.nextInt(1_500_000) : Long.MAX_VALUE);
            EpochObjects.of("a test", client, options, Flux.fromIterable(objects))
                    .concatMap(ObjectBytes::bytes, 0)
                    .subscribe(reading);

            Throwable error;
            try {
                error = reading.end.get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS); // never a hang
            } catch (TimeoutException e) {
                throw new AssertionError(
                        "hangs after " + reading.bytes.size() + " of " + expected.size() + " bytes, " + options
                                + ", objects " + objects + ", last ranges "
                                + through.ranges()
                                        .subList(
                                                Math.max(0, through.ranges().size() - 20),
                                                through.ranges().size()),
                        e);
            }
            through.heal();
            byte[] got = reading.bytes.toByteArray();
            byte[] all = expected.toByteArray();
            if (error == null && reading.cancelAt == Long.MAX_VALUE) {
                assertThat(got).hasSameSizeAs(all);
            }
            if (checked || ending != Ending.FLIPPED) {
                boolean whole = error == null && reading.cancelAt == Long.MAX_VALUE;
                int right = flips == 0 || whole ? got.length : verified(got.length);
                assertThat(Arrays.mismatch(Arrays.copyOf(got, right), Arrays.copyOf(all, right)))
                        .as("first wrong byte")
                        .isEqualTo(-1);
            }
            if (error == null) {
                assertThat(refused)
                        .as("a fatal answer was given and no error came")
                        .isFalse();
            } else {
                ErrorIds.assertHasId(error);
                assertThat(error)
                        .isInstanceOf(ObjectReadException.class)
                        .hasMessageContaining("s3://" + objects.get(0).bucket() + "/o");
                if (checked && flips > 0 && error.getMessage().contains("not those that were stored")) {
                    return;
                }
                assertThat(error)
                        .hasMessageContaining(
                                switch (ending) {
                                    case DENIED -> "was denied (403 AccessDenied)";
                                    case GONE -> "the object is gone";
                                    case CHANGED -> "the object changed";
                                    default -> "no error was expected";
                                });
            }
        }

        /** Returns how many of these bytes are of objects before the last one, whose checksums were compared. */
        private int verified(int read) {
            int end = 0;
            for (S3ObjectRef object : objects) {
                int next = end + contents.get(Integer.parseInt(object.key().substring(1))).length;
                if (next >= read) {
                    break;
                }
                end = next;
            }
            return end;
        }

        private Trouble flip() {
            flips++;
            return Trouble.flip(2000 + random.nextInt(20_000));
        }

        private synchronized Trouble trouble() {
            if (fatalIn == 0) { // and from then on: a GET that was given up before its answer came has notified nobody
                refused = true;
                return switch (ending) {
                    case DENIED -> Trouble.answer(403, "AccessDenied");
                    case GONE -> Trouble.answer(404, "NoSuchKey");
                    default -> Trouble.answer(412, "PreconditionFailed");
                };
            } else if (fatalIn > 0) {
                fatalIn--;
            }
            if (faultsLeft == 0 || random.nextInt(3) == 0) {
                return Trouble.NONE;
            }
            faultsLeft--;
            return switch (random.nextInt(9)) {
                case 0 -> Trouble.answer(500, "InternalError");
                case 1 -> Trouble.answer(503, "SlowDown");
                case 2 -> Trouble.answer(400, "ExpiredToken");
                case 3 -> Trouble.throttle(2_000_000 + random.nextInt(8_000_000));
                case 4 -> checked || ending == Ending.FLIPPED ? flip() : Trouble.NONE;
                case 5 -> Trouble.breaking(new Fault(Kind.STALL, random.nextInt(300_000)));
                case 6 -> Trouble.breaking(new Fault(Kind.RST, random.nextInt(300_000)));
                default -> Trouble.breaking(new Fault(Kind.FIN, random.nextInt(300_000)));
            };
        }
    }

    private static final class Reading extends BaseSubscriber<ByteBuffer> {

        final CompletableFuture<Throwable> end = new CompletableFuture<>();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final long cancelAt;
        private final long demand;

        Reading(long demand, long cancelAt) {
            this.demand = demand;
            this.cancelAt = cancelAt;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(demand);
        }

        @Override
        protected void hookOnNext(ByteBuffer chunk) {
            bytes.write(chunk.array(), chunk.arrayOffset() + chunk.position(), chunk.remaining());
            if (bytes.size() >= cancelAt) {
                cancel();
                end.complete(null);
            } else if (demand != Long.MAX_VALUE) {
                request(1);
            }
        }

        @Override
        protected void hookOnError(Throwable t) {
            end.complete(t);
        }

        @Override
        protected void hookOnComplete() {
            end.complete(null);
        }
    }
}
