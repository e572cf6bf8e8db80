package io.pipeflux.s3;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.net.URI;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Writes an object with the default options, from one buffer that is filled again and again. */
final class SmallHeapWriteMain {

    private SmallHeapWriteMain() {}

    public static void main(String[] args) {
        long size = Long.parseLong(args[1]);
        try (S3AsyncClient client = S3AsyncClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + args[0]))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")))
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .build()) {
            WrittenObject written = S3Writer.of(client)
                    .write("s3://bucket/object", chunks(size))
                    .block();
            System.out.println(written.size() + " bytes written");
        }
    }

    private static Flux<ByteBuffer> chunks(long size) {
        byte[] buffer = new byte[100_000];
        return Flux.generate(() -> size, (left, sink) -> {
            int count = (int) Math.min(left, buffer.length);
            if (count == 0) {
                sink.complete();
                return left;
            }
            buffer[(int) (left % buffer.length)]++;
            sink.next(ByteBuffer.wrap(buffer, 0, count));
            return left - count;
        });
    }
}
