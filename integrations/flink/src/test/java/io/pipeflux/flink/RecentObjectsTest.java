package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.records.text.TextLines;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** New objects are found by their times: each once, while objects appear, are written again, and looks are restored. */
class RecentObjectsTest {

    private static final int CASES = Integer.getInteger("pipeflux.cases", 300);
    private static final Duration OVERLAP = Duration.ofMillis(20);

    /** Objects that appear while they are listed. */
    private static final class Store implements OpenChannel {

        private final NavigableMap<String, ObjectRef> objects = new TreeMap<>();
        private long newest;
        private int written;

        /** Writes an object whose time is by that much older than the newest one. */
        void write(String key, long older) {
            Instant time = Instant.ofEpochMilli(1_000_000 + newest - older);
            newest = Math.max(newest, newest - older);
            objects.put(key, new ObjectRef(key, 10, "v" + written++, time));
        }

        @Override
        public Flux<ObjectRef> list(@Nullable Long seed) {
            return Flux.generate(() -> "", (last, sink) -> {
                Map.Entry<String, ObjectRef> next = objects.higherEntry(last);
                if (next == null) {
                    sink.complete();
                    return last;
                }
                sink.next(next.getValue());
                return next.getKey();
            });
        }

        @Override
        public Flux<ObjectBytes> read(Flux<ObjectRef> objects) {
            return Flux.error(new AssertionError("expected no object to be read"));
        }

        @Override
        public Flux<ObjectBytes> read(ObjectRef object, long end) {
            return read(Flux.just(object));
        }

        @Override
        public Mono<ObjectBytes> index(ObjectRef object) {
            return Mono.error(new AssertionError("expected no index to be read"));
        }

        @Override
        public void close() {}
    }

    /** A job manager that may be restored. */
    private static final class Job {

        private final Store store;
        private final SourceChannel channel;
        private final List<ObjectRef> handedOut = new ArrayList<>();
        private byte[] checkpoint;
        private int handedOutBefore;
        private ListingState state = ListingState.START;
        private ObjectLister lister;
        private RecentObjects recent;
        private long late;

        Job(Store store) throws IOException {
            this.store = store;
            this.channel = new SourceChannel("store", () -> store, null);
            this.checkpoint = new ListingStateSerializer().serialize(state);
            restore();
        }

        void restore() throws IOException {
            state = new ListingStateSerializer().deserialize(ListingStateSerializer.VERSION, checkpoint);
            handedOut.subList(handedOutBefore, handedOut.size()).clear();
            recent = new RecentObjects(OVERLAP, state.recent());
            lister = new ObjectLister(channel, 1, true, new ObjectDivider(null, TextLines.format()), state, recent);
        }

        void checkpoint() throws IOException {
            checkpoint = new ListingStateSerializer()
                    .serialize(
                            new ListingState(0, state.next(), state.hash(), state.last(), List.of(), recent.state()));
            handedOutBefore = handedOut.size();
        }

        /** Hands out an object, or ends the look. */
        boolean next() {
            ObjectLister.Found found = lister.next();
            found.change().run();
            late = Math.max(late, found.late());
            for (ObjectSplit split : found.splits()) {
                handedOut.add(split.object());
                state = new ListingState(
                        0, split.ordinal() + 1, found.hash(), split.object().key(), List.of(), null);
            }
            return !found.splits().isEmpty();
        }

        void look() {
            boolean more = true;
            while (more) {
                more = next();
            }
        }
    }

    private static void requireEachOnce(Job job, String seed) {
        Set<ObjectRef> all = new HashSet<>(job.handedOut);
        assertThat(job.handedOut).as(seed).hasSameSizeAs(all);
        assertThat(all).as(seed).containsAll(job.store.objects.values());
        assertThat(job.late).as(seed).isZero();
    }

    @Test
    void eachObjectIsHandedOutOnce() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Store store = new Store();
            Job job = new Job(store);
            int keys = random.nextInt(2, 200); // few keys are written again often
            int busy = random.nextInt(1, 10);
            for (int step = 0; step < 400; step++) {
                int what = random.nextInt(20);
                if (what < busy) {
                    store.write("k" + random.nextInt(keys), random.nextLong(-3, OVERLAP.toMillis() + 1));
                } else if (what < 17) {
                    job.next();
                } else if (what == 17) {
                    job.checkpoint();
                } else if (what == 18 && random.nextInt(3) == 0) {
                    job.restore();
                } else {
                    job.look();
                }
            }
            job.look(); // what is left of the present look
            job.look();
            job.look();

            requireEachOnce(job, "seed " + seed);
            long newest =
                    job.handedOut.stream().mapToLong(RecentObjects::time).max().orElse(0);
            assertThat(job.recent.state().seen().values()).allMatch(time -> time >= newest - OVERLAP.toMillis());
        }
    }

    @Test
    void anObjectThatAppearsDuringALongLookIsNotLost() throws IOException {
        Store store = new Store();
        for (int i = 0; i < 10; i++) {
            store.write("m" + i, 0);
        }
        Job job = new Job(store);
        job.next();
        job.next();
        store.write("a", 0); // the look is past it
        for (int i = 0; i < 100; i++) {
            store.write("n" + i, -5); // 500 ms later, and in the same look
        }
        job.look();
        assertThat(job.handedOut).hasSize(110);
        job.look();

        requireEachOnce(job, "long look");
    }

    @Test
    void anObjectThatIsTooOldIsReported() throws IOException {
        Store store = new Store();
        store.write("b", 0);
        store.write("c", -100);
        Job job = new Job(store);
        job.look();
        job.look();
        store.write("a", OVERLAP.toMillis() + 1);
        store.write("d", OVERLAP.toMillis());
        job.look();

        assertThat(job.handedOut).extracting(ObjectRef::key).containsExactly("b", "c", "d");
        assertThat(job.late).isEqualTo(1);
    }

    @Test
    void anObjectWithoutATimeFails() throws IOException {
        Store store = new Store();
        store.objects.put("a", new ObjectRef("a", 10, "v"));
        Job job = new Job(store);

        assertThatIllegalStateException()
                .isThrownBy(job::next)
                .withMessageContaining("expected the time at which a was modified, but the list states none");
    }

    @Test
    void anotherOverlapContinuesWithoutRepeats() throws IOException {
        Store store = new Store();
        for (int i = 0; i < 100; i++) {
            store.write("k" + i, -1);
        }
        Job job = new Job(store);
        job.look();
        job.look();
        store.write("l", -1);
        job.next();
        ListingState state = new ListingState(0, 101, 0, "l", List.of(), job.recent.state());
        for (Duration overlap : List.of(Duration.ZERO, Duration.ofDays(1))) {
            RecentObjects recent = new RecentObjects(overlap, state.recent());
            ObjectLister lister =
                    new ObjectLister(job.channel, 1, true, new ObjectDivider(null, TextLines.format()), state, recent);
            for (int look = 0; look < 4; look++) {
                ObjectLister.Found found = lister.next();
                found.change().run();
                assertThat(found.splits()).isEmpty();
            }
        }
    }

    @Test
    void stateOfTheOtherSelectionIsRefused() throws Exception {
        Store store = new Store();
        store.write("a", 0);
        PipefluxSource<RawRecord> source =
                PipefluxSource.of(new SourceChannel("store", () -> store, null), TextLines::format);
        PipefluxSource<RawRecord> byKey = source.continuous(Duration.ofMillis(10));
        PipefluxSource<RawRecord> byTime = source.continuous(Duration.ofMillis(10), OVERLAP);
        for (boolean isByKey : new boolean[] {true, false}) {
            CountingContext context = new CountingContext(split -> {});
            ListingState state;
            try (var enumerator = (isByKey ? byKey : byTime).createEnumerator(context)) {
                enumerator.start();
                enumerator.handleSplitRequest(0, null);
                state = enumerator.snapshotState(1);
            }

            assertThat(state.next()).isEqualTo(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> (isByKey ? byTime : byKey).restoreEnumerator(context, state))
                    .withMessageContaining("expected the state of a source that selects objects by their "
                            + (isByKey ? "times" : "order"));
        }
    }

    @Test
    void anOverlapThatNoTimeTakesIsRefused() {
        for (Duration overlap :
                List.of(Duration.ofMillis(-1), Duration.ofDays(366), Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Looks(Duration.ofSeconds(1), overlap))
                    .withMessageContaining("expected an overlap from 0 to 365 days, but got " + overlap);
        }
    }
}
