package io.pipeflux.test;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Splits bytes into chunks in many ways. A decoder must return the same result for each of them. The bytes are passed
 * as one chunk, passed one byte at a time, split in two at every possible position, and split at random, with fixed
 * seeds and with empty chunks in between. Some of these ways are repeated with direct buffers, read-only buffers, and
 * slices of a larger array.
 */
public final class Chunkings {

    private static final int RANDOM = 20;

    private Chunkings() {}

    /**
     * Returns all ways to split the bytes. The number of ways grows with the number of bytes, so use at most a few
     * thousand bytes.
     */
    public static Stream<Chunking> of(byte[] bytes) {
        return Stream.of(few(bytes), splits(bytes)).flatMap(ways -> ways);
    }

    /**
     * Returns about 30 ways to split the bytes, without the splits at every byte. Use this method for larger inputs.
     */
    public static Stream<Chunking> few(byte[] bytes) {
        Stream<Chunking> fixed = Stream.of(
                of("whole", bytes, List.of(bytes.length)),
                of("one byte at a time", bytes, ones(bytes.length)),
                as("direct", Chunkings::direct, of("whole", bytes, List.of(bytes.length))),
                as("direct", Chunkings::direct, of("one byte at a time", bytes, ones(bytes.length))),
                as("read-only", ByteBuffer::asReadOnlyBuffer, of("whole", bytes, List.of(bytes.length))),
                as("sliced", Chunkings::sliced, of("whole", bytes, List.of(bytes.length))),
                as("sliced", Chunkings::sliced, random(bytes, RANDOM)));
        return Stream.concat(fixed, IntStream.range(0, RANDOM).mapToObj(seed -> random(bytes, seed)));
    }

    /** Returns the ways to split the bytes into two chunks: before each byte, and after the last one. */
    public static Stream<Chunking> splits(byte[] bytes) {
        return IntStream.rangeClosed(0, bytes.length)
                .mapToObj(at -> of("split at " + at, bytes, List.of(at, bytes.length - at)));
    }

    /** Returns chunks of equal size. The last chunk may be shorter. */
    public static Chunking ofSize(byte[] bytes, int size) {
        List<Integer> lengths = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            lengths.add(Math.min(size, bytes.length - at));
        }
        return of("chunks of " + size, bytes, lengths);
    }

    private static Chunking random(byte[] bytes, int seed) {
        Random random = new Random(seed);
        int longest = 1 << random.nextInt(12);
        List<Integer> lengths = new ArrayList<>();
        for (int left = bytes.length; left > 0; ) {
            int length = Math.min(left, random.nextInt(longest + 1));
            lengths.add(length);
            left -= length;
        }
        return of("random with seed " + seed, bytes, lengths);
    }

    private static List<Integer> ones(int count) {
        return IntStream.range(0, count).mapToObj(i -> 1).toList();
    }

    private static Chunking of(String name, byte[] bytes, List<Integer> lengths) {
        List<ByteBuffer> chunks = new ArrayList<>();
        int at = 0;
        for (int length : lengths) {
            // Each chunk has its own array, so a decoder that reads beyond its chunk does not find the next byte there.
            chunks.add(ByteBuffer.allocate(length).put(bytes, at, length).flip());
            at += length;
        }
        return new Chunking(name, chunks);
    }

    private static Chunking as(String kind, UnaryOperator<ByteBuffer> buffer, Chunking chunking) {
        return new Chunking(
                chunking.name() + ", " + kind,
                chunking.chunks().stream().map(buffer).toList());
    }

    private static ByteBuffer direct(ByteBuffer chunk) {
        return ByteBuffer.allocateDirect(chunk.remaining())
                .put(chunk.duplicate())
                .flip();
    }

    /** Returns a buffer whose array offset and position are not 0, and whose limit is not its capacity. */
    private static ByteBuffer sliced(ByteBuffer chunk) {
        int count = chunk.remaining();
        ByteBuffer larger = ByteBuffer.allocate(count + 12).position(5).slice();
        return larger.position(3).put(chunk.duplicate()).flip().position(3);
    }
}
