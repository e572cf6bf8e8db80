package io.pipeflux.benchmarks.s3;

import static io.pipeflux.core.operator.PipeOperators.shuffle;

import io.pipeflux.core.ElasticResume;
import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;

/**
 * Measures the cost of continuing a channel with a different number of hosts. A channel has 64 objects, 4 GiB in total.
 * Four hosts have read 1, 50 or 99 % of the channel, and three new hosts continue. Prints the number of requests and
 * the time until a new host receives its first record. Also prints the size of the token from which that host
 * continues.
 */
public final class ElasticRestart {

    private static final int OBJECTS = 64;
    private static final int RECORD_BYTES = 8192;
    // the number of records per object; together with their frames, these records take slightly less than 64 MiB
    private static final int RECORDS = 8176;
    private static final int HOSTS = 4;
    private static final int NEW_HOSTS = 3;
    private static final int BLOCK = 4096;

    private ElasticRestart() {}

    private enum Kind {
        PLAIN("as listed"),
        SHUFFLED("objects shuffled, and records in blocks of " + BLOCK),
        BY_BYTES("shared by bytes");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    /** Counts the requests of one client. */
    private static final class Requests implements ExecutionInterceptor {

        private final AtomicLong lists = new AtomicLong();
        private final AtomicLong gets = new AtomicLong();

        @Override
        public void beforeTransmission(
                software.amazon.awssdk.core.interceptor.Context.BeforeTransmission context,
                ExecutionAttributes attributes) {
            if (context.request() instanceof GetObjectRequest) {
                gets.incrementAndGet();
            } else if (context.request() instanceof ListObjectsV2Request) {
                lists.incrementAndGet();
            }
        }
    }

    public static void main(String[] args) throws Exception {
        Path data = Files.createTempFile("pipeflux-elastic-", ".tfrecord");
        try {
            long size = records(data);
            System.out.printf(
                    "%d objects of %d bytes, %.2f GiB; %d hosts, then %d%n%n",
                    OBJECTS, size, OBJECTS * size / (double) (1 << 30), HOSTS, NEW_HOSTS);
            System.out.println("| channel | read before | LISTs | GETs to the first record | ms to the first record |"
                    + " token, bytes |");
            System.out.println("| --- | --- | --- | --- | --- | --- |");
            try (Store store = Store.start(data, 0)) {
                String prefix = "s3://bench/" + new io.pipeflux.benchmarks.s3.Objects(size, OBJECTS).prefix();
                for (Kind kind : Kind.values()) {
                    restart(store.port(), prefix, kind, 1); // this first restart only warms up the JVM
                    for (int percent : new int[] {1, 50, 99}) {
                        System.out.println(restart(store.port(), prefix, kind, percent));
                    }
                }
            }
        } finally {
            Files.deleteIfExists(data);
        }
        System.exit(0);
    }

    private static long records(Path file) throws IOException {
        byte[] payload = new byte[RECORD_BYTES];
        try (OutputStream out = Files.newOutputStream(file)) {
            Flux.range(0, RECORDS)
                    .map(i -> ByteBuffer.wrap(payload))
                    .transform(TfRecords.encode())
                    .toStream(1)
                    .forEach(chunk -> {
                        byte[] bytes = new byte[chunk.remaining()];
                        chunk.duplicate().get(bytes);
                        try {
                            out.write(bytes);
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    });
        }
        return Files.size(file);
    }

    private static String restart(int port, String prefix, Kind kind, int percent) {
        List<ResumePoint> points = new ArrayList<>();
        int read = OBJECTS / HOSTS * RECORDS * percent / 100;
        S3AsyncClient before = client(port, new Requests());
        for (int host = 0; host < HOSTS; host++) {
            RawRecord last = records(before, prefix, kind, HOSTS, host, context -> context)
                    .elementAt(read - 1)
                    .block();
            points.add(Objects.requireNonNull(last).resumeAt());
        }
        before.close();
        ElasticResume rest = ElasticResume.merge(points);
        long lists = 0;
        long gets = 0;
        double millis = 0;
        for (int host = 0; host < NEW_HOSTS; host++) {
            Requests requests = new Requests();
            S3AsyncClient client = client(port, requests);
            long from = System.nanoTime();
            records(client, prefix, kind, NEW_HOSTS, host, Pass.resumeAt(rest)).blockFirst();
            millis += (System.nanoTime() - from) / 1e6;
            lists += requests.lists.get();
            gets += requests.gets.get();
            client.close();
        }
        return String.format(
                "| %s | %d %% | %.1f | %.1f | %.0f | %d |",
                kind.text,
                percent,
                (double) lists / NEW_HOSTS,
                (double) gets / NEW_HOSTS,
                millis / NEW_HOSTS,
                rest.toJson().length());
    }

    private static Flux<RawRecord> records(
            S3AsyncClient client, String prefix, Kind kind, int hosts, int host, Function<Context, Context> start) {
        S3Channel all = S3Channels.prefix(client, prefix);
        S3Channel channel = kind == Kind.BY_BYTES ? all.shardByBytes(hosts, host) : all.shard(hosts, host);
        Flux<RawRecord> records =
                (kind == Kind.SHUFFLED ? channel.shuffle(1) : channel).objects().transform(TfRecords.decodeObjects());
        return (kind == Kind.SHUFFLED ? records.transform(shuffle(BLOCK, 1)) : records).contextWrite(start);
    }

    private static S3AsyncClient client(int port, Requests requests) {
        return PrefixReading.sdk(port, ReactorNettyHttpClient.builder())
                .overrideConfiguration(o -> o.addExecutionInterceptor(requests))
                .build();
    }
}
