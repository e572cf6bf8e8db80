package io.pipeflux.benchmarks.s3;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Implements the S3 operations that writing needs: PutObject and multipart uploads. The bytes are counted and dropped
 * as they arrive, so that the server uses as little CPU time as possible. An object's ETag is its number of bytes.
 */
// the results of writes can be ignored, because a failed write closes its connection
@SuppressWarnings("FutureReturnValueIgnored")
final class UploadSink extends ChannelInboundHandlerAdapter {

    /** The number of bytes of each upload, keyed by the upload's ID. All connections share this object. */
    static final class Uploads {

        private final AtomicLong ids = new AtomicLong();
        private final Map<String, AtomicLong> bytes = new ConcurrentHashMap<>();

        private String begin() {
            String id = "upload-" + ids.incrementAndGet();
            bytes.put(id, new AtomicLong());
            return id;
        }

        private boolean add(String id, long count) {
            AtomicLong upload = bytes.get(id);
            if (upload != null) {
                upload.addAndGet(count);
            }
            return upload != null;
        }

        private @Nullable AtomicLong end(String id) {
            return bytes.remove(id);
        }
    }

    private final Uploads uploads;
    private final long delayMillis;
    private @Nullable HttpRequest request;
    private long arrived;

    UploadSink(Uploads uploads, long delayMillis) {
        this.uploads = uploads;
        this.delayMillis = delayMillis;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest head && isOfUpload(head.method())) {
            request = head;
            arrived = 0;
            if (HttpUtil.is100ContinueExpected(head)) {
                context.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
            }
        }
        HttpRequest current = request;
        if (current == null) {
            context.fireChannelRead(message);
            return;
        }
        if (message instanceof HttpContent content) {
            arrived += content.content().readableBytes();
        }
        ReferenceCountUtil.release(message);
        if (message instanceof LastHttpContent) {
            request = null;
            DefaultFullHttpResponse answer = answer(current);
            answer.headers()
                    .set(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes());
            if (delayMillis > 0) {
                context.executor().schedule(() -> context.writeAndFlush(answer), delayMillis, TimeUnit.MILLISECONDS);
            } else {
                context.writeAndFlush(answer);
            }
        }
    }

    private static boolean isOfUpload(HttpMethod method) {
        return method.equals(HttpMethod.PUT) || method.equals(HttpMethod.POST) || method.equals(HttpMethod.DELETE);
    }

    private DefaultFullHttpResponse answer(HttpRequest of) {
        QueryStringDecoder uri = new QueryStringDecoder(of.uri(), StandardCharsets.UTF_8);
        String id = uri.parameters().containsKey("uploadId")
                ? uri.parameters().get("uploadId").get(0)
                : "";
        if (of.method().equals(HttpMethod.DELETE)) {
            uploads.end(id);
            return status(HttpResponseStatus.NO_CONTENT);
        }
        if (of.method().equals(HttpMethod.PUT)) {
            return stored(of, id);
        }
        if (uri.parameters().containsKey("uploads")) {
            return xml("InitiateMultipartUploadResult", "UploadId", uploads.begin());
        }
        AtomicLong all = uploads.end(id);
        return all == null
                ? status(HttpResponseStatus.NOT_FOUND)
                : xml("CompleteMultipartUploadResult", "ETag", "&quot;" + all + "&quot;");
    }

    /**
     * Returns the response to the upload of an object or a part. If the body uses chunk framing, the framing does not
     * count as part of the object.
     */
    private DefaultFullHttpResponse stored(HttpRequest put, String id) {
        long bytes = put.headers().contains("x-amz-decoded-content-length")
                ? Long.parseLong(put.headers().get("x-amz-decoded-content-length"))
                : arrived;
        if (arrived < bytes || (!id.isEmpty() && !uploads.add(id, bytes))) {
            return status(HttpResponseStatus.BAD_REQUEST);
        }
        DefaultFullHttpResponse answer = status(HttpResponseStatus.OK);
        answer.headers().set(HttpHeaderNames.ETAG, "\"" + bytes + "\"");
        String sum = put.headers().get("x-amz-checksum-crc32c");
        if (sum != null) {
            answer.headers().set("x-amz-checksum-crc32c", sum);
        }
        return answer;
    }

    private static DefaultFullHttpResponse status(HttpResponseStatus status) {
        return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
    }

    private static DefaultFullHttpResponse xml(String root, String name, String value) {
        String text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><" + root + "><" + name + ">" + value + "</" + name
                + "></" + root + ">";
        DefaultFullHttpResponse answer = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        answer.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/xml");
        return answer;
    }
}
