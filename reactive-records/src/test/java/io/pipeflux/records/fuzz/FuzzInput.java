package io.pipeflux.records.fuzz;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import reactor.core.publisher.Flux;

/**
 * What the fuzzer brings: options for the target, how to cut the data into chunks, and the data.
 *
 * <pre>
 *   | options (1) | n (1), modulo 8 | n lengths of chunks (1 each) | data |
 * </pre>
 *
 * <p>The lengths are used in turn, and 0 makes an empty chunk. Without lengths, or if all are 0, there is one chunk.
 */
final class FuzzInput {

    private static final int HEADER_BYTES = 2;
    private static final int MOST_LENGTHS = 8;

    private final int options;
    private final byte[] lengths;
    private final byte[] data;

    private FuzzInput(int options, byte[] lengths, byte[] data) {
        this.options = options;
        this.lengths = lengths;
        this.data = data;
    }

    static FuzzInput of(byte[] input) {
        if (input.length < HEADER_BYTES) {
            return new FuzzInput(0, new byte[0], input);
        }
        int from = Math.min(input.length, HEADER_BYTES + (input[1] & 0xff) % MOST_LENGTHS);
        return new FuzzInput(
                input[0], Arrays.copyOfRange(input, HEADER_BYTES, from), Arrays.copyOfRange(input, from, input.length));
    }

    boolean option(int bit) {
        return (options >> bit & 1) != 0;
    }

    byte[] data() {
        return data;
    }

    /** The same with other data. */
    FuzzInput with(byte[] other) {
        return new FuzzInput(options, lengths, other);
    }

    /** The data in the fuzzer's chunks, each in an array of its own. */
    Flux<ByteBuffer> chunks() {
        return Flux.fromIterable(pieces()).map(ByteBuffer::wrap);
    }

    /** The data in one chunk. */
    Flux<ByteBuffer> whole() {
        return Flux.just(ByteBuffer.wrap(data));
    }

    /** The data, cut: at least one piece. */
    List<byte[]> pieces() {
        int sum = 0;
        for (byte length : lengths) {
            sum += length & 0xff;
        }
        if (sum == 0 || data.length == 0) {
            return List.of(data);
        }
        List<byte[]> pieces = new ArrayList<>();
        int at = 0;
        for (int i = 0; at < data.length; i = (i + 1) % lengths.length) {
            int end = Math.min(data.length, at + (lengths[i] & 0xff));
            pieces.add(Arrays.copyOfRange(data, at, end));
            at = end;
        }
        return pieces;
    }
}
