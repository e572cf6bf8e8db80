package io.pipeflux.samples.agent;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Responds with status 400 to a request that is not valid HTTP, before Reactor Netty receives it. Otherwise, Reactor
 * Netty would log each such request at length, and would not respond to some of them. For a valid request, this class
 * passes on only the method and the path. It ignores headers, bodies and further requests on the connection, because
 * they may also be invalid.
 */
final class BadRequests extends ChannelInboundHandlerAdapter {

    private static final Pattern TARGET = Pattern.compile("(?i)(/|https?://).*");
    private static final String HOST = "localhost"; // a fixed value, because only Reactor Netty reads this header

    private final Consumer<String> report;
    private boolean hadRequest;

    /** @param report receives the reason for each rejected request */
    BadRequests(Consumer<String> report) {
        this.report = report;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof HttpRequest request && !hadRequest) {
                hadRequest = true;
                request(context, request);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the result of closing is not needed
    private void request(ChannelHandlerContext context, HttpRequest request) {
        String problem = problem(request);
        if (problem == null) {
            HttpRequest passed = new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), request.uri());
            passed.headers().set(HttpHeaderNames.HOST, HOST).set(HttpHeaderNames.CONNECTION, "close");
            context.fireChannelRead(passed);
            context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
            return;
        }
        report.accept(problem);
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST);
        response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0).set(HttpHeaderNames.CONNECTION, "close");
        // the response bypasses Reactor Netty's later handlers, because those handlers have not received the request
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    private static @Nullable String problem(HttpRequest request) {
        if (request.decoderResult().isFailure()) {
            return String.valueOf(request.decoderResult().cause().getMessage());
        }
        if (request.protocolVersion().majorVersion() != 1) {
            return "expected HTTP/1, but got " + request.protocolVersion();
        }
        String target = request.uri();
        if (!TARGET.matcher(target).matches()) {
            return "expected a path, but got " + target;
        }
        try {
            URI legal = new URI(target.startsWith("/") ? "http://" + HOST + target : target);
            return legal.getPath() == null ? "expected a path, but got " + target : null;
        } catch (URISyntaxException e) {
            return "expected a valid path, but got " + target + ": " + e.getReason();
        }
    }
}
