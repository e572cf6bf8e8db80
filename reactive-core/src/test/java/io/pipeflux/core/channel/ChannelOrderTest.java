package io.pipeflux.core.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.core.operator.PipeOperators;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class ChannelOrderTest {

    private static final List<String> LIST =
            IntStream.range(0, 23).mapToObj(i -> "key-" + i).toList();

    private static final ChannelOrder.Packing<String> TEXT = new ChannelOrder.Packing<>() {
        @Override
        public byte[] pack(String element) {
            return element.getBytes(UTF_8);
        }

        @Override
        public String unpack(byte[] bytes) {
            return new String(bytes, UTF_8);
        }
    };

    private static List<String> epoch(ChannelOrder order, List<String> list, long epoch) {
        return order.apply(Flux.fromIterable(list), TEXT)
                .contextWrite(Pass.resumeAt(new ResumePoint(new Position(epoch, 0, 0, 0), 0)))
                .collectList()
                .block();
    }

    @Test
    void asListedElementsPassOneByOneAsTheyAreAskedFor() {
        AtomicInteger asked = new AtomicInteger();
        Flux<String> listed = Flux.fromIterable(LIST).doOnRequest(n -> asked.addAndGet((int) n));
        for (ChannelOrder order :
                List.of(ChannelOrder.listed(), ChannelOrder.listed().shard(3, 0))) {
            asked.set(0);
            StepVerifier.create(order.apply(listed, TEXT), 0)
                    .then(() -> assertThat(asked).hasValue(0))
                    .thenRequest(1)
                    .expectNext("key-0")
                    .then(() -> assertThat(asked).hasValue(1))
                    .thenCancel()
                    .verify();
        }
    }

    @Test
    void shuffledTheOrderIsThatOfTheSeedAndTheEpoch() {
        ChannelOrder order = ChannelOrder.listed().shuffle(42);
        List<List<String>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < 5; epoch++) {
            List<String> shuffled = epoch(order, LIST, epoch);
            assertThat(shuffled)
                    .isEqualTo(IntStream.of(SeededPermutation.of(LIST.size(), 42, epoch))
                            .mapToObj(LIST::get)
                            .toList());
            epochs.add(shuffled);
        }
        assertThat(epochs).doesNotHaveDuplicates().doesNotContain(LIST);
        assertThat(epoch(order, LIST, 3)).isEqualTo(epochs.get(3));
        assertThat(epoch(ChannelOrder.listed().shuffle(43), LIST, 3)).isNotEqualTo(epochs.get(3));
    }

    @Test
    void eachPassOfRepeatHasAnOrderOfItsOwn() {
        ChannelOrder order = ChannelOrder.listed().shuffle(1);
        List<String> all = order.apply(Flux.fromIterable(LIST), TEXT)
                .transform(PipeOperators.repeat(3))
                .collectList()
                .block();

        List<String> expected = new ArrayList<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            expected.addAll(epoch(order, LIST, epoch));
        }
        assertThat(all).isEqualTo(expected);
    }

    @Test
    void hostsShareTheElementsOneByOneAndNoneIsLostOrDoubled() {
        for (int count : new int[] {1, 2, 3, 23, 30}) {
            for (ChannelOrder order :
                    List.of(ChannelOrder.listed(), ChannelOrder.listed().shuffle(5))) {
                List<String> whole = epoch(order, LIST, 2);
                for (int index = 0; index < count; index++) {
                    int host = index;
                    assertThat(epoch(order.shard(count, index), LIST, 2))
                            .isEqualTo(IntStream.range(0, LIST.size())
                                    .filter(i -> i % count == host)
                                    .mapToObj(whole::get)
                                    .toList());
                }
            }
        }
    }

    @Test
    void theShuffleComesBeforeTheShareWhicheverIsCalledFirst() {
        assertThat(epoch(ChannelOrder.listed().shard(4, 1).shuffle(9), LIST, 1))
                .isEqualTo(epoch(ChannelOrder.listed().shuffle(9).shard(4, 1), LIST, 1));
    }

    @Test
    void aShuffledListIsReadWhenTheFirstElementIsAskedForAndOncePerSubscription() {
        AtomicInteger read = new AtomicInteger();
        Flux<String> shuffled = ChannelOrder.listed()
                .shuffle(1)
                .apply(Flux.fromIterable(LIST).doOnSubscribe(s -> read.incrementAndGet()), TEXT);

        StepVerifier.create(shuffled, 0)
                .then(() -> assertThat(read).hasValue(0))
                .thenRequest(2)
                .expectNextCount(2)
                .then(() -> assertThat(read).hasValue(1))
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(21)
                .verifyComplete();
        assertThat(shuffled.count().block()).isEqualTo(23);
        assertThat(read).hasValue(2);
    }

    @Test
    void anErrorOfTheListIsTheEpochs() {
        Flux<String> failing = Flux.fromIterable(LIST).concatWith(Flux.error(new IllegalStateException("no page 2")));

        StepVerifier.create(ChannelOrder.listed().shuffle(1).apply(failing, TEXT))
                .verifyErrorMessage("no page 2");
        StepVerifier.create(ChannelOrder.listed().shard(23, 22).apply(failing, TEXT))
                .expectNext("key-22")
                .verifyErrorMessage("no page 2");
    }

    @Test
    void wrongSharesAreRefusedWithTheValueFound() {
        assertThatThrownBy(() -> ChannelOrder.listed().shard(0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected count >= 1, but got 0");
        assertThatThrownBy(() -> ChannelOrder.listed().shard(3, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected an index from 0 to 2, but got 3");
        assertThatThrownBy(() -> ChannelOrder.listed().shard(3, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void elementsOfEveryLengthComeBackFromThePackedList() {
        PackedList<String> list = new PackedList<>(TEXT);
        List<String> expected = new ArrayList<>();
        for (int length : new int[] {0, 1, 127, 128, 16_383, 16_384, 65_530, 65_536, 70_000, 3, 0}) {
            String element = "ü".repeat(length / 2) + "x".repeat(length % 2);
            expected.add(element);
            list.add(element);
        }
        assertThat(IntStream.range(0, list.size()).mapToObj(list::get)).isEqualTo(expected);
    }

    @Test
    void aMillionNamesTakeAtMostSevenBytesMoreThanTheirOwn() {
        PackedList<String> list = new PackedList<>(TEXT);
        long own = 0;
        for (int i = 0; i < 1_000_000; i++) {
            String name = "year=2026/month=" + i % 12 + "/part-" + i + ".tfrecord";
            own += name.length();
            list.add(name);
        }
        assertThat(list.get(999_999)).isEqualTo("year=2026/month=3/part-999999.tfrecord");
        assertThat((list.bytes() - own) / 1e6).isBetween(5.0, 7.5);
    }
}
