package io.pipeflux.s3.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Pairs each request of a connection with its final response.
 *
 * <ul>
 *   <li>It drops interim responses (100, 102, 103). Reactor Netty would mistake each of these, except 100, for the
 *       final response.
 *   <li>It counts the bytes of the request that have been written, so that a response that arrives too early can be
 *       recognised.
 *   <li>If the server responds and closes the connection while the request is still being sent, the write fails before
 *       the response is read. This class holds the failure back until the response has been read, or until it is
 *       certain that no response will arrive.
 * </ul>
 *
 * <p>Netty calls all methods except {@link #isSent} and {@link #of}. All methods run on the channel's event loop.
 */
final class AnswerGuard extends ChannelDuplexHandler {

    /**
     * The maximum number of interim responses to one request. A proxy may send one per second while a store is busy.
     * The number must be limited, because each interim response restarts the time-out for the header.
     */
    static final int MAX_INTERIM_ANSWERS = 100;

    /**
     * The time to wait for a response after a failed write. It can be short, because anything that the server sent
     * before the failure is already in the kernel's buffer.
     */
    private static final long MILLIS_FOR_ANSWER = 1000;

    private record Failed(ChannelPromise promise, Throwable cause) {}

    private final Queue<Failed> failed = new ArrayDeque<>();
    private long length = -1;
    private long written;
    private boolean sent;
    private boolean answered;
    private boolean dropping;
    private int interimAnswers;

    /** Adds a guard to a new HTTP/1.1 connection. */
    static void addTo(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(NettyPipeline.HttpCodec) != null) {
            pipeline.addAfter(NettyPipeline.HttpCodec, "pipeflux.answerGuard", new AnswerGuard());
        }
    }

    /** Returns the guard of a connection, or null if a user's settings have replaced HTTP/1.1. */
    static @Nullable AnswerGuard of(Channel channel) {
        return channel.pipeline().get(AnswerGuard.class);
    }

    /** Returns whether the whole request was written to the socket. */
    boolean isSent() {
        return sent;
    }

    long written() {
        return written;
    }

    // == the request ==

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpRequest request) {
            length = HttpUtil.getContentLength(request, -1L);
            written = 0;
            sent = false;
            answered = false;
            interimAnswers = 0;
        }
        int bytes = size(message);
        boolean last = message instanceof LastHttpContent;
        ChannelPromise outcome = promise.unvoid();
        var unused = ctx.write(message).addListener((ChannelFuture write) -> written(ctx, write, bytes, last, outcome));
    }

    private static int size(Object message) {
        Object content = message instanceof ByteBufHolder holder ? holder.content() : message;
        return content instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
    }

    private void written(
            ChannelHandlerContext ctx, ChannelFuture write, int bytes, boolean last, ChannelPromise outcome) {
        if (write.isSuccess()) {
            written += bytes;
            sent |= last || (length >= 0 && written >= length);
            outcome.trySuccess();
        } else if (!answered && ctx.channel().isActive() && mayBeAnswered(write.cause())) {
            failed.add(new Failed(outcome, write.cause()));
            if (failed.size() == 1) {
                ctx.read();
                var unused = ctx.executor().schedule(() -> giveUp(ctx), MILLIS_FOR_ANSWER, TimeUnit.MILLISECONDS);
            }
        } else {
            outcome.tryFailure(write.cause());
        }
    }

    /**
     * Returns whether a response may still arrive after a write has failed. If a proxy has refused the connection, none
     * will arrive, because no server has received the request.
     */
    private static boolean mayBeAnswered(Throwable failure) {
        return failure instanceof IOException && !(failure instanceof ConnectException);
    }

    private void giveUp(ChannelHandlerContext ctx) {
        if (!failed.isEmpty() && !answered) {
            failWrites();
            var unused = ctx.close();
        }
    }

    private void failWrites() {
        for (Failed write = failed.poll(); write != null; write = failed.poll()) {
            write.promise().tryFailure(write.cause());
        }
    }

    // == the response ==

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpResponse answer && answer.decoderResult().isSuccess()) {
            dropping = isInterim(answer.status());
            answered |= !dropping;
            if (dropping && ++interimAnswers > MAX_INTERIM_ANSWERS) {
                ReferenceCountUtil.release(message);
                ctx.fireExceptionCaught(new IOException("expected a response after at most " + MAX_INTERIM_ANSWERS
                        + " interim ones, but got another " + answer.status().code()));
                var unused = ctx.close();
                return;
            }
        }
        if (!dropping) {
            ctx.fireChannelRead(message);
            return;
        }
        ReferenceCountUtil.release(message);
        if (message instanceof LastHttpContent) {
            dropping = false;
            ctx.read(); // reads again, because Reactor Netty has requested a message but has received none
        }
    }

    /**
     * Returns whether a response is an interim one. Status 101 does not count as interim, because the connection uses a
     * different protocol after this status. This client never requests another protocol.
     */
    private static boolean isInterim(HttpResponseStatus status) {
        return status.codeClass() == HttpStatusClass.INFORMATIONAL
                && !HttpResponseStatus.SWITCHING_PROTOCOLS.equals(status);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (failed.isEmpty() || answered || !(cause instanceof IOException)) {
            // any other error is dropped: a failed write waits for a response, and reports its own error later
            ctx.fireExceptionCaught(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failWrites();
        ctx.fireChannelInactive();
    }
}
