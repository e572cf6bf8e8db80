package io.pipeflux.samples.training.service;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;

/**
 * Responds to a request whose request line or headers are invalid, and states the reason in the body. Reactor Netty's
 * own response has no body.
 */
final class BadHeads extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HttpRequest request)
                || !request.decoderResult().isFailure()) {
            context.fireChannelRead(message);
            return;
        }
        ReferenceCountUtil.release(message);
        Throwable cause = request.decoderResult().cause();
        boolean line = cause instanceof TooLongHttpLineException;
        boolean headers = cause instanceof TooLongHttpHeaderException;
        HttpResponseStatus status = line
                ? HttpResponseStatus.REQUEST_URI_TOO_LONG
                : headers ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE : HttpResponseStatus.BAD_REQUEST;
        String expected = line ? "a shorter address" : headers ? "shorter headers" : "a request of HTTP/1.1";
        byte[] body = Answers.error(null, "expected " + expected + ", but got one that cannot be read");
        var answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        answer.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, Answers.JSON)
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }
}
