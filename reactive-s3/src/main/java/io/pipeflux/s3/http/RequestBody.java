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
 * The SDK's request body as Netty's buffers, without a copy, in pieces of at most 64 KiB: so that what Reactor Netty
 * asks for ahead (128 pieces) is bounded in bytes, and a piece is sent in a time that can be limited.
 */
final class RequestBody {

    private static final int PIECE_BYTES = 64 << 10;

    private final long length;
    private long taken;

    private RequestBody(long length) {
        this.length = length;
    }

    /** With a length of -1 all there is. */
    static Flux<ByteBuf> of(Publisher<ByteBuffer> body, long length) {
        return Flux.defer(() -> new RequestBody(length).pieces(body));
    }

    private Flux<ByteBuf> pieces(Publisher<ByteBuffer> body) {
        return Flux.from(new CaughtPublisher<>(body))
                .map(this::clamp)
                .takeUntil(bytes -> taken == length)
                .concatMapIterable(RequestBody::split, 1)
                .concatWith(Mono.defer(this::checkEnd))
                // Reactor Netty would throw a fatal error at the event loop, and the request would not end
                .onErrorMap(Exceptions::isFatal, t -> new IOException("the request's body failed: " + t, t));
    }

    /** A body with more than it said has the rest cut off, as the SDK's own clients do. */
    private ByteBuffer clamp(ByteBuffer bytes) {
        ByteBuffer view = bytes.duplicate();
        if (length >= 0 && view.remaining() > length - taken) {
            view.limit(view.position() + (int) (length - taken));
        }
        taken += view.remaining();
        return view;
    }

    private static List<ByteBuf> split(ByteBuffer bytes) {
        List<ByteBuf> pieces = new ArrayList<>(bytes.remaining() / PIECE_BYTES + 1);
        for (int at = bytes.position(); at < bytes.limit(); at += PIECE_BYTES) {
            pieces.add(Unpooled.wrappedBuffer(bytes.slice(at, Math.min(PIECE_BYTES, bytes.limit() - at))));
        }
        return pieces;
    }

    private Mono<ByteBuf> checkEnd() {
        return taken < length
                ? Mono.error(new IOException("the request's body ended after " + taken + " of " + length + " bytes"))
                : Mono.empty();
    }
}
