package io.pipeflux.benchmarks.s3;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * A program that implements the S3 operations that reading needs, for one bucket: ListObjectsV2, HEAD, and GET with
 * Range and If-Match. Each object consists of the first bytes of the same file. Bodies are sent with {@code sendfile},
 * so that the server uses as little CPU time as possible. On request, responses contain the CRC32C of the object. The
 * store does not check signatures. Uploaded bytes are dropped, see {@link UploadSink}.
 *
 * <p>A key contains everything that the store needs to know: {@code <bytes of an object>-<number of
 * objects>/<ordinal>}. The store can delay the first byte of each response. To limit the throughput, use a {@link
 * SlowLink}.
 */
// the results of writes can be ignored, because a failed write closes its connection
@SuppressWarnings("FutureReturnValueIgnored")
final class StubStore {

    private static final Pattern KEY = Pattern.compile("(\\d+)-(\\d+)/(\\d+)");
    private static final Pattern PREFIX = Pattern.compile("(\\d+)-(\\d+)/");
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");
    private static final String ETAG = "\"0123456789abcdef0123456789abcdef\"";
    private static final int PAGE = 1000;
    private static final int HEAD_BYTES = 16 << 10;
    private static final int READ_BYTES = 256 << 10;

    private final File data;
    private final long delayMillis;
    private final Map<Long, String> checksums = new ConcurrentHashMap<>();
    private final UploadSink.Uploads uploads = new UploadSink.Uploads();

    private StubStore(File data, long delayMillis) {
        this.data = data;
        this.delayMillis = delayMillis;
    }

    /**
     * Prints the port, and serves requests until standard input ends. The arguments are the file and the delay in
     * milliseconds.
     */
    public static void main(String[] args) throws Exception {
        StubStore store = new StubStore(Path.of(args[0]).toFile(), Long.parseLong(args[1]));
        MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        InetSocketAddress bound = (InetSocketAddress) new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(2 << 10, 16 << 10, READ_BYTES))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpServerCodec(HEAD_BYTES, HEAD_BYTES, READ_BYTES),
                                        new UploadSink(store.uploads, store.delayMillis),
                                        new HttpObjectAggregator(1 << 20),
                                        store.new Handler());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel()
                .localAddress();
        System.out.println(bound.getPort());
        while (System.in.read() >= 0) {
            // meanwhile, the event loops serve requests
        }
        System.exit(0);
    }

    private final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) throws IOException {
            QueryStringDecoder uri = new QueryStringDecoder(request.uri());
            String path = uri.path();
            int slash = path.indexOf('/', 1);
            String key = slash < 0 ? "" : path.substring(slash + 1);
            if (key.isEmpty()) {
                send(context, listing(uri));
                return;
            }
            Matcher object = KEY.matcher(key);
            if (!object.matches()) {
                send(context, new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND));
                return;
            }
            serve(context, request, Long.parseLong(object.group(1)));
        }

        private void serve(ChannelHandlerContext context, FullHttpRequest request, long size) throws IOException {
            String range = request.headers().get(HttpHeaderNames.RANGE);
            long from = 0;
            long to = size - 1;
            if (range != null) {
                Matcher bounds = RANGE.matcher(range);
                if (bounds.matches()) {
                    from = Long.parseLong(bounds.group(1));
                    to = bounds.group(2).isEmpty() ? to : Math.min(to, Long.parseLong(bounds.group(2)));
                }
            }
            HttpResponse head = new DefaultHttpResponse(
                    HttpVersion.HTTP_1_1, range == null ? HttpResponseStatus.OK : HttpResponseStatus.PARTIAL_CONTENT);
            head.headers()
                    .set(HttpHeaderNames.CONTENT_LENGTH, to - from + 1)
                    .set(HttpHeaderNames.ETAG, ETAG)
                    .set(HttpHeaderNames.ACCEPT_RANGES, "bytes")
                    .set(HttpHeaderNames.LAST_MODIFIED, "Wed, 21 Oct 2026 07:28:00 GMT");
            if (range != null) {
                head.headers().set(HttpHeaderNames.CONTENT_RANGE, "bytes " + from + "-" + to + "/" + size);
            }
            if (range == null && request.headers().contains("x-amz-checksum-mode")) {
                head.headers().set("x-amz-checksum-crc32c", checksum(size)).set("x-amz-checksum-type", "FULL_OBJECT");
            }
            if (request.method().equals(HttpMethod.HEAD)) {
                context.write(head);
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
                return;
            }
            RandomAccessFile file = new RandomAccessFile(data, "r");
            DefaultFileRegion body = new DefaultFileRegion(file.getChannel(), from, to - from + 1);
            Runnable answer = () -> {
                context.write(head);
                context.write(body);
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT)
                        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            };
            if (delayMillis > 0) {
                context.executor().schedule(answer, delayMillis, TimeUnit.MILLISECONDS);
            } else {
                answer.run();
            }
        }

        private String checksum(long size) {
            return checksums.computeIfAbsent(size, unknown -> {
                CRC32C sum = new CRC32C();
                byte[] buffer = new byte[1 << 20];
                try (InputStream in = new FileInputStream(data)) {
                    for (long left = size; left > 0; ) {
                        int count = in.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
                        sum.update(buffer, 0, count);
                        left -= count;
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                byte[] value = ByteBuffer.allocate(Integer.BYTES)
                        .putInt((int) sum.getValue())
                        .array();
                return Base64.getEncoder().encodeToString(value);
            });
        }

        private void send(ChannelHandlerContext context, DefaultFullHttpResponse response) {
            response.headers()
                    .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
            context.writeAndFlush(response);
        }
    }

    /** Returns a page of a listing. The continuation token is the ordinal of the page's first key. */
    private static DefaultFullHttpResponse listing(QueryStringDecoder uri) {
        Matcher prefix = PREFIX.matcher(parameter(uri, "prefix", ""));
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult>");
        if (prefix.matches()) {
            int from = Integer.parseInt(parameter(uri, "continuation-token", "0"));
            int count = Integer.parseInt(prefix.group(2));
            int to = Math.min(count, from + PAGE);
            xml.append("<IsTruncated>").append(to < count).append("</IsTruncated>");
            if (to < count) {
                xml.append("<NextContinuationToken>").append(to).append("</NextContinuationToken>");
            }
            for (int i = from; i < to; i++) {
                xml.append("<Contents><Key>")
                        .append(prefix.group())
                        .append(String.format(Locale.ROOT, "%07d", i))
                        .append("</Key><LastModified>2026-10-21T07:28:00.000Z</LastModified><ETag>")
                        .append(ETAG.replace("\"", "&quot;"))
                        .append("</ETag><Size>")
                        .append(prefix.group(1))
                        .append("</Size><StorageClass>STANDARD</StorageClass></Contents>");
            }
        }
        xml.append("</ListBucketResult>");
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.copiedBuffer(xml, StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/xml");
        return response;
    }

    private static String parameter(QueryStringDecoder uri, String name, String otherwise) {
        return uri.parameters().containsKey(name) ? uri.parameters().get(name).get(0) : otherwise;
    }
}
