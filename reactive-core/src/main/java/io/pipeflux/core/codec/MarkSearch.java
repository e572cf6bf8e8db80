package io.pipeflux.core.codec;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Searches an object for the first record that begins at or after an offset. */
final class MarkSearch {

    private final int before;
    private final int after;
    private final RecordMark mark;
    // the last bytes of the previous chunks that are needed to recognize a mark that ends in the next chunk
    private byte[] kept = {};
    private long keptFrom;
    private long next; // the offset of the first byte that has not been checked yet

    MarkSearch(int before, int after, RecordMark mark) {
        this.before = before;
        this.after = after;
        this.mark = mark;
    }

    /**
     * Emits the offset of the first record that begins at or after {@code offset}, or the object's size if there is
     * none.
     */
    Mono<Long> next(ObjectBytes object, long offset) {
        // the search cannot begin at an offset below `before`, because the mark needs that many bytes before the
        // record; the caller handles offset 0, which is always a boundary
        next = Math.max(offset, before);
        keptFrom = next - before;
        return keptFrom >= object.size()
                ? Mono.just(object.size())
                : object.upTo(object.size())
                        .bytes(keptFrom)
                        .concatMap(this::search, 1)
                        .next()
                        .switchIfEmpty(Mono.just(object.size()));
    }

    private Flux<Long> search(ByteBuffer chunk) {
        byte[] bytes = new byte[kept.length + chunk.remaining()];
        System.arraycopy(kept, 0, bytes, 0, kept.length);
        chunk.duplicate().get(bytes, kept.length, chunk.remaining());
        ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (; next + after <= keptFrom + bytes.length; next++) {
            if (mark.isBegin(view, (int) (next - keptFrom), next)) {
                return Flux.just(next);
            }
        }
        int left = (int) Math.min(bytes.length, keptFrom + bytes.length - (next - before));
        keptFrom += bytes.length - left;
        kept = Arrays.copyOfRange(bytes, bytes.length - left, bytes.length);
        return Flux.empty();
    }
}
