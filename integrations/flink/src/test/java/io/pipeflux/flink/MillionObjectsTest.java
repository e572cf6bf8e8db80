package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.records.text.TextLines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the job manager holds for a long list: nothing for each object of a list in its order, and the packed list of a
 * shuffled channel; and how large its checkpoint is. {@code -Dpipeflux.objects=1000000} for as many objects.
 */
@Tag("flink")
class MillionObjectsTest {

    private static final int OBJECTS = Integer.getInteger("pipeflux.objects", 100_000);
    private static final int PAGE = 1000;
    private static final int PACKED = 52; // bytes of an object's size and ETag, and of its places in the list
    private static final String KEY = "train/part-%020d"; // the channel's prefix is train/
    private static final int NAME = "part-".length() + 20;

    /** A store that makes its pages as they are requested. */
    private static final class GeneratedStore implements AutoCloseable {

        private static final Pattern TOKEN = Pattern.compile("continuation-token=(\\d+)");

        private final HttpServer server;
        private final ExecutorService threads = Executors.newCachedThreadPool();

        GeneratedStore() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", GeneratedStore::answer);
            server.setExecutor(threads);
            server.start();
        }

        private static void answer(HttpExchange exchange) throws IOException {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                Matcher token = TOKEN.matcher(exchange.getRequestURI().getRawQuery());
                byte[] page = page(token.find() ? Integer.parseInt(token.group(1)) : 0)
                        .getBytes(UTF_8);
                exchange.sendResponseHeaders(200, page.length);
                exchange.getResponseBody().write(page);
            }
        }

        private static String page(int from) {
            int to = Math.min(OBJECTS, from + PAGE);
            StringBuilder xml = new StringBuilder("<ListBucketResult><Name>b</Name><KeyCount>")
                    .append(to - from)
                    .append("</KeyCount><IsTruncated>")
                    .append(to < OBJECTS)
                    .append("</IsTruncated>");
            if (to < OBJECTS) {
                xml.append("<NextContinuationToken>").append(to).append("</NextContinuationToken>");
            }
            for (int i = from; i < to; i++) {
                xml.append("<Contents><Key>")
                        .append(String.format(KEY, i))
                        .append(String.format("</Key><ETag>\"%032x\"</ETag><Size>", i))
                        .append(i + 1)
                        .append("</Size></Contents>");
            }
            return xml.append("</ListBucketResult>").toString();
        }

        @Override
        public void close() {
            server.stop(0);
            threads.shutdownNow();
        }
    }

    private static long used() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /** What an enumerator that has handed out a part of the list takes. */
    private record Held(long objects, long bytes, ListingState state) {}

    private long handedOut;
    private long ordinals;
    private long sizes;

    private void handOut(ObjectSplit split) {
        handedOut++;
        ordinals += split.ordinal();
        sizes += split.object().size();
    }

    /** Hands out objects until as many are left, and measures. */
    private Held hold(PipefluxSource<?> source, @Nullable ListingState from, long left) throws Exception {
        CountingContext context = new CountingContext(this::handOut);
        try (SplitEnumerator<ObjectSplit, ListingState> enumerator =
                from == null ? source.createEnumerator(context) : source.restoreEnumerator(context, from)) {
            enumerator.start();
            long before = used();
            while (handedOut < OBJECTS - left) {
                enumerator.handleSplitRequest(0, null);
            }
            long bytes = used() - before;
            ListingState state = enumerator.snapshotState(1);
            if (left == 0) {
                enumerator.handleSplitRequest(0, null);
                assertThat(context.ended).isTrue();
            }
            return new Held(handedOut, bytes, state);
        }
    }

    /** Hands out all objects, by two enumerators, and returns how many bytes the larger one took. */
    private long bytes(boolean shuffled) throws Exception {
        try (GeneratedStore store = new GeneratedStore()) {
            SourceChannel channel = SourceChannel.s3Prefix(
                    "s3://b/train/",
                    DirectoryStore.clients(store.server.getAddress().getPort()));
            hold(PipefluxSource.of(channel, TextLines::format), null, OBJECTS - 10L * PAGE); // what is made once
            handedOut = 0;
            ordinals = 0;
            sizes = 0;
            PipefluxSource<?> source = PipefluxSource.of(shuffled ? channel.shuffle(7) : channel, TextLines::format);

            Held first = hold(source, null, OBJECTS / 10);
            Held second = hold(source, first.state(), 0);

            assertThat(first.objects()).isEqualTo(OBJECTS - OBJECTS / 10);
            assertThat(second.objects()).isEqualTo(OBJECTS);
            assertThat(ordinals).isEqualTo((OBJECTS - 1L) * OBJECTS / 2);
            assertThat(sizes).isEqualTo((OBJECTS + 1L) * OBJECTS / 2);
            int checkpoint = new ListingStateSerializer().serialize(first.state()).length;
            assertThat(checkpoint)
                    .isLessThan(100 + "s3://b/".length() + String.format(KEY, 0).length());
            System.out.printf(
                    "%,d objects, %s: %,d and %,d bytes, a checkpoint of %d%n",
                    OBJECTS, shuffled ? "shuffled" : "in order", first.bytes(), second.bytes(), checkpoint);
            return Math.max(first.bytes(), second.bytes());
        }
    }

    @Test
    void aListInItsOrderIsNotHeld() throws Exception {
        assertThat(bytes(false)).isLessThan(4 << 20); // the keys alone would take more with 100,000 objects
    }

    @Test
    void aShuffledListIsHeldPacked() throws Exception {
        assertThat(bytes(true)).isLessThan((4L << 20) + (long) OBJECTS * (NAME + PACKED));
    }

    @Test
    void recentObjectsTakeWhatIsStated() throws Exception {
        RecentObjects recent = new RecentObjects(Duration.ofHours(1), null);
        recent.begin(0);
        long before = used();
        for (int i = 0; i < OBJECTS; i++) {
            String key = "s3://b/" + String.format(KEY, i);
            recent.handedOut(new ObjectRef(key, 1, "\"etag\"", Instant.ofEpochMilli(i)));
        }
        double each = (double) (used() - before) / OBJECTS;
        int checkpoint = new ListingStateSerializer()
                .serialize(new ListingState(0, OBJECTS, 0, "k", List.of(), recent.state()))
                .length;

        System.out.printf("%,d recent objects: %.0f bytes each, a checkpoint of %,d%n", OBJECTS, each, checkpoint);
        assertThat(each).isLessThan(130);
        assertThat(checkpoint).isBetween(24 * OBJECTS, 24 * OBJECTS + 200);
    }
}
