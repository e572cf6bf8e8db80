package io.pipeflux.s3;

import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import io.pipeflux.s3.test.S3Server;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Reads a cached channel as often as asked, or without end, and says the sum of each epoch. */
final class CachedProcessesMain {

    private CachedProcessesMain() {}

    /** @param args port, bucket, directory, bytes of the cache, epochs */
    public static void main(String[] args) {
        try (S3AsyncClient client = S3AsyncClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + args[0]))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(S3Server.ACCESS_KEY, S3Server.SECRET_KEY)))
                .httpClientBuilder(ReactorNettyHttpClient.builder())
                .build()) {
            S3Channel channel = S3Channels.prefix(client, "s3://" + args[1] + "/")
                    .cachedIn(Path.of(args[2]), Long.parseLong(args[3]));
            for (int epoch = 0; epoch < Integer.parseInt(args[4]); epoch++) {
                PipelineMonitor monitor = PipelineMonitor.create("train");
                System.out.println(
                        ForkedJvm.ANSWER + sum(channel.shuffle(epoch), monitor) + " " + monitor.cachedBytes());
            }
        }
    }

    /** Returns the CRC32s of all objects, added: in whatever order. */
    static long sum(S3Channel channel, PipelineMonitor monitor) {
        return channel.objects()
                .concatMap(
                        object -> object.bytes()
                                .collect(CRC32::new, (CRC32 crc, ByteBuffer chunk) -> crc.update(chunk))
                                .map(CRC32::getValue),
                        0)
                .contextWrite(monitor.watch())
                .reduce(0L, Long::sum)
                .block();
    }
}
