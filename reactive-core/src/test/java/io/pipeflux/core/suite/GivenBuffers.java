package io.pipeflux.core.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.InvalidMarkException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The contract of those who are given buffers: whatever kind they are, and however often their source is subscribed to,
 * the result is right, and position, limit, mark, order and content of each buffer are afterwards what they were
 * before.
 */
public final class GivenBuffers {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /**
     * Lengths of chunks, over and over: empty ones, small ones that are packed, large ones that are kept as they are.
     */
    private static final int[] LENGTHS = {0, 1, 7, 1500, 0, 64, 3000, 300, 2};

    private GivenBuffers() {}

    /**
     * One public method that is given buffers.
     *
     * @param method as {@link PublicMethods} names it
     * @param input the bytes it is given
     * @param result what it makes of them, to be compared by equals
     */
    public record Consumer(String method, byte[] input, Function<Flux<ByteBuffer>, Mono<?>> result) {}

    /** A way to make a buffer whose content, position to limit, are some bytes. */
    private record Kind(String name, Function<byte[], ByteBuffer> maker) {}

    /** A way to give the same buffers to two subscribers; gives the results of both. */
    private record Source(
            String name, BiFunction<Flux<ByteBuffer>, Function<Flux<ByteBuffer>, Mono<?>>, List<Object>> twice) {}

    private record State(int position, int limit, int mark, ByteOrder order, byte[] content) {

        static State of(ByteBuffer buffer) {
            byte[] content = new byte[buffer.capacity()];
            buffer.duplicate().clear().get(content);
            return new State(buffer.position(), buffer.limit(), mark(buffer), buffer.order(), content);
        }

        private static int mark(ByteBuffer buffer) {
            try {
                return buffer.duplicate().reset().position();
            } catch (InvalidMarkException e) {
                return -1;
            }
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof State other
                    && position == other.position
                    && limit == other.limit
                    && mark == other.mark
                    && order == other.order
                    && Arrays.equals(content, other.content);
        }

        @Override
        public int hashCode() {
            return position;
        }

        @Override
        public String toString() {
            return "position " + position + ", limit " + limit + ", mark " + mark + ", " + order;
        }
    }

    /** All tests of a consumer. */
    public static Stream<DynamicTest> tests(Consumer consumer) {
        Object expected = block(consumer.result()
                .apply(Flux.defer(
                        () -> Flux.just(ByteBuffer.wrap(consumer.input().clone())))));
        return kinds().flatMap(kind -> sources()
                .map(source -> DynamicTest.dynamicTest(
                        consumer.method() + ", " + kind.name() + ", " + source.name(),
                        () -> check(consumer, kind, source, expected))));
    }

    private static void check(Consumer consumer, Kind kind, Source source, Object expected) {
        for (List<byte[]> pieces : List.of(List.of(consumer.input()), pieces(consumer.input()))) {
            List<ByteBuffer> given = pieces.stream().map(kind.maker()).toList();
            List<State> before = given.stream().map(State::of).toList();
            List<Object> results = source.twice().apply(Flux.fromIterable(given), consumer.result());
            assertThat(given.stream().map(State::of).toList()).isEqualTo(before);
            assertThat(results).containsExactly(expected, expected);
        }
    }

    private static List<byte[]> pieces(byte[] input) {
        List<byte[]> pieces = new ArrayList<>();
        int next = 0;
        for (int at = 0; at < input.length || next % LENGTHS.length != 1; next++) { // the last is empty
            int end = Math.min(input.length, at + LENGTHS[next % LENGTHS.length]);
            pieces.add(Arrays.copyOfRange(input, at, end));
            at = end;
        }
        return pieces;
    }

    private static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("heap", bytes -> ByteBuffer.wrap(bytes.clone())),
                new Kind(
                        "slice of a larger array, marked",
                        bytes -> inTheMiddle(
                                ByteBuffer.allocate(bytes.length + 20)
                                        .position(4)
                                        .slice(),
                                bytes)),
                new Kind(
                        "little-endian", bytes -> ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN)),
                new Kind(
                        "read-only, marked",
                        bytes -> inTheMiddle(ByteBuffer.allocate(bytes.length + 16), bytes)
                                .asReadOnlyBuffer()),
                new Kind(
                        "direct",
                        bytes -> ByteBuffer.allocateDirect(bytes.length)
                                .put(bytes)
                                .flip()),
                new Kind(
                        "direct, marked, little-endian",
                        bytes -> inTheMiddle(
                                ByteBuffer.allocateDirect(bytes.length + 20)
                                        .position(4)
                                        .slice()
                                        .order(ByteOrder.LITTLE_ENDIAN),
                                bytes)));
    }

    private static ByteBuffer inTheMiddle(ByteBuffer larger, byte[] bytes) {
        larger.position(3).put(bytes).flip();
        return larger.position(1).mark().position(3);
    }

    private static Stream<Source> sources() {
        return Stream.of(
                new Source("subscribed to twice", (bytes, use) -> inTurn(bytes, use)),
                new Source("cached", (bytes, use) -> inTurn(bytes.cache(), use)),
                new Source("published to both", (bytes, use) -> {
                    Flux<ByteBuffer> shared = bytes.publish().refCount(2);
                    return Mono.zip(use.apply(shared), use.apply(shared), (a, b) -> List.<Object>of(a, b))
                            .blockOptional(LIMIT)
                            .orElseThrow();
                }));
    }

    private static List<Object> inTurn(Flux<ByteBuffer> bytes, Function<Flux<ByteBuffer>, Mono<?>> use) {
        return List.of(block(use.apply(bytes)), block(use.apply(bytes)));
    }

    private static Object block(Mono<?> result) {
        return result.blockOptional(LIMIT).orElseThrow();
    }

    /** All bytes of a stream as one buffer, for a consumer that gives bytes; moves the positions of what it gets. */
    public static Mono<ByteBuffer> joined(Flux<ByteBuffer> chunks) {
        return chunks.map(GivenBuffers::taken).collectList().map(GivenBuffers::join);
    }

    /** As {@link #joined}, without touching what it gets. */
    public static Mono<ByteBuffer> joinedCopies(Flux<ByteBuffer> chunks) {
        return joined(chunks.map(ByteBuffer::duplicate));
    }

    private static byte[] taken(ByteBuffer chunk) {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.get(bytes);
        return bytes;
    }

    private static ByteBuffer join(List<byte[]> pieces) {
        ByteBuffer all = ByteBuffer.allocate(
                pieces.stream().mapToInt(bytes -> bytes.length).sum());
        pieces.forEach(all::put);
        return all.flip();
    }
}
