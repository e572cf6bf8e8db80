package io.pipeflux.s3.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.reactivestreams.Publisher;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Converts the SDK's request body to Netty buffers of at most 256 KiB each, without copying the bytes. Reactor Netty
 * requests 128 buffers in advance, so the buffer size limits the number of bytes that Reactor Netty holds. The buffer
 * size also limits the time that sending one buffer takes. Heap buffers are split into smaller pieces, because Netty
 * copies each heap buffer before it sends the bytes.
 */
final class RequestBody {

    private static final int PIECE_BYTES = 256 << 10;
    private static final int HEAP_PIECE_BYTES = 64 << 10;

    private final long length;
    private long taken;

    private RequestBody(long length) {
        this.length = length;
    }

    /** Returns the buffers of a body. If the length is -1, all bytes of the body are sent. */
    static Flux<ByteBuf> of(Publisher<ByteBuffer> body, long length) {
        return Flux.defer(() -> new RequestBody(length).pieces(body));
    }

    private Flux<ByteBuf> pieces(Publisher<ByteBuffer> body) {
        return Flux.from(new CaughtPublisher<>(body))
                .map(this::clamp)
                .takeUntil(bytes -> taken == length)
                .concatMapIterable(RequestBody::split, 1)
                .concatWith(Mono.defer(this::checkEnd))
                // otherwise, Reactor Netty would throw fatal errors on the event loop, and the request would never end
                .onErrorMap(Exceptions::isFatal, t -> new IOException("the request's body failed: " + t, t));
    }

    /** Truncates a body that is longer than its stated length, as the SDK's own clients do. */
    private ByteBuffer clamp(ByteBuffer bytes) {
        ByteBuffer view = bytes.duplicate();
        if (length >= 0 && view.remaining() > length - taken) {
            view.limit(view.position() + (int) (length - taken));
        }
        taken += view.remaining();
        return view;
    }

    private static List<ByteBuf> split(ByteBuffer bytes) {
        int most = bytes.isDirect() ? PIECE_BYTES : HEAP_PIECE_BYTES;
        List<ByteBuf> pieces = new ArrayList<>(bytes.remaining() / most + 1);
        for (int at = bytes.position(); at < bytes.limit(); at += most) {
            pieces.add(Unpooled.wrappedBuffer(bytes.slice(at, Math.min(most, bytes.limit() - at))));
        }
        return pieces;
    }

    private Mono<ByteBuf> checkEnd() {
        return taken < length
                ? Mono.error(new IOException("the request's body ended after " + taken + " of " + length + " bytes"))
                : Mono.empty();
    }
}
