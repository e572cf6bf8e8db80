package io.pipeflux.s3.test;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * A client without a store: all objects have the same bytes. It answers on threads that must not block, as those of a
 * network client must not.
 */
public class MemoryClient implements S3AsyncClient {

    private final byte[] content;
    private final List<Scheduler> loops = new ArrayList<>();
    private final AtomicInteger gets = new AtomicInteger();

    public MemoryClient(byte[] content, int loops) {
        this.content = content.clone();
        for (int i = 0; i < loops; i++) {
            this.loops.add(Schedulers.newParallel("memory-client-loop-" + i, 1, true));
        }
    }

    @Override
    public <T> CompletableFuture<T> getObject(
            GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        CompletableFuture<T> result = transformer.prepare();
        loops.get(gets.getAndIncrement() % loops.size()).schedule(() -> answer(request, transformer));
        return result;
    }

    private <T> void answer(GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        if (request.range() == null) {
            transformer.onResponse(GetObjectResponse.builder()
                    .contentLength((long) content.length)
                    .eTag("\"1\"")
                    .build());
            transformer.onStream(publisher(0, content.length));
            return;
        }
        String[] range = request.range().substring("bytes=".length()).split("-");
        int from = Integer.parseInt(range[0]);
        int to = Math.min(Integer.parseInt(range[1]) + 1, content.length);
        transformer.onResponse(GetObjectResponse.builder()
                .contentRange("bytes " + from + "-" + (to - 1) + "/" + content.length)
                .contentLength((long) to - from)
                .eTag("\"1\"")
                .build());
        transformer.onStream(publisher(from, to));
    }

    /** The bytes that are sent. */
    protected SdkPublisher<ByteBuffer> publisher(int from, int to) {
        return SdkPublisher.adapt(Flux.just(ByteBuffer.wrap(Arrays.copyOfRange(content, from, to))));
    }

    @Override
    public String serviceName() {
        return "s3";
    }

    @Override
    public void close() {
        loops.forEach(Scheduler::dispose);
    }
}
