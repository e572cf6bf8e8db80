package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.EpochProgress;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.S3Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** The size of an epoch is known as soon as it can be, without a request that would not be sent otherwise. */
class S3ProgressTest extends S3Test {

    private static final S3ReadOptions TWO_A_PAGE = S3ReadOptions.defaults().pageSize(2);
    private static final long ALL = 10 + 20 + 30 + 40 + 50;

    private final PipelineMonitor monitor = PipelineMonitor.create("train");

    @BeforeEach
    void putObjects() {
        for (int i = 1; i <= 5; i++) {
            server.put(bucket, "p/" + i, S3Server.bytes(10 * i, i));
        }
    }

    private S3Channel prefix() {
        return S3Channels.prefix(client, "s3://" + bucket + "/p/", TWO_A_PAGE);
    }

    private S3Channel manifest() {
        server.put(bucket, "list", ("[{\"prefix\": \"s3://" + bucket + "/p/\"}, \"1\", \"4\", \"5\"]").getBytes(UTF_8));
        return S3Channels.manifest(client, "s3://" + bucket + "/list");
    }

    /** What is known when each object is emitted, and at the end. Objects are requested one by one. */
    private List<EpochProgress> known(Flux<ObjectBytes> objects) {
        List<EpochProgress> known = new ArrayList<>();
        objects.doOnNext(object -> known.add(monitor.epochProgress()))
                .limitRate(1)
                .contextWrite(monitor.watch())
                .then()
                .block(Patience.PATIENCE);
        known.add(monitor.epochProgress());
        return known;
    }

    private static EpochProgress atLeast(long bytes, long objects) {
        return new EpochProgress(0, bytes, false, objects, false, Optional.empty());
    }

    private static EpochProgress all(long bytes, long objects) {
        return new EpochProgress(0, bytes, true, objects, true, Optional.empty());
    }

    @Test
    void thatOfAListingIsKnownWithItsLastPage() {
        assertThat(known(prefix().objects()))
                .containsExactly(
                        atLeast(30, 2), atLeast(30, 2), atLeast(100, 4), atLeast(100, 4), all(ALL, 5), all(ALL, 5));
        assertThat(proxy.heads()).isZero();
        assertThat(proxy.listings()).isEqualTo(3);
    }

    @Test
    void thatOfAHostsShareIsKnownWithTheLastPage() {
        assertThat(known(prefix().shard(2, 1).objects())).containsExactly(atLeast(20, 1), atLeast(60, 2), all(60, 2));
        assertThat(known(prefix().shard(6, 5).objects())).containsExactly(all(0, 0));
    }

    @Test
    void thatOfAShuffledListingIsKnownAtOnce() {
        assertThat(known(prefix().shuffle(7).objects())).hasSize(6).containsOnly(all(ALL, 5));
        List<EpochProgress> first = known(prefix().shuffle(7).shard(2, 0).objects());
        List<EpochProgress> second = known(prefix().shuffle(7).shard(2, 1).objects());
        assertThat(first).hasSize(4).containsOnly(all(first.get(0).knownBytes(), 3));
        assertThat(second).hasSize(3).containsOnly(all(ALL - first.get(0).knownBytes(), 2));
    }

    @Test
    void ofAManifestTheNumberOfObjectsIsKnownBeforeTheirBytes() {
        assertThat(known(manifest().objects()).get(3)).isEqualTo(all(100, 3));
        assertThat(known(manifest().shuffle(3).objects())).first().satisfies(first -> {
            assertThat(first.allObjectsKnown()).isTrue();
            assertThat(first.knownObjects()).isEqualTo(3);
            assertThat(first.allBytesKnown()).isFalse();
        });
        assertThat(monitor.epochProgress()).isEqualTo(all(100, 3));
    }

    @Test
    void ofAnAugmentedManifestEachAttributeIsAnObject() {
        server.put(
                bucket,
                "lines",
                ("{\"a-ref\": \"s3://" + bucket + "/p/2\", \"b\": 7}\n{\"a-ref\": \"s3://" + bucket
                                + "/p/3\", \"b\": 8}\n")
                        .getBytes(UTF_8));
        S3Channel channel = S3Channels.augmentedManifest(client, "s3://" + bucket + "/lines", List.of("a-ref", "b"));
        assertThat(known(channel.objects()).get(4)).isEqualTo(all(52, 4));
        assertThat(known(channel.shuffle(1).objects()).get(0).knownObjects()).isEqualTo(4);
        assertThat(monitor.epochProgress()).isEqualTo(all(52, 4));
    }

    @Test
    void theFilesOfALocalManifestAreOneEpoch(@TempDir Path files) throws Exception {
        Files.write(files.resolve("x"), new byte[30]);
        Files.write(files.resolve("y"), new byte[12]);
        Path lines = files.resolve("lines");
        Files.writeString(
                lines,
                "{\"a-ref\": \"file://" + files.resolve("x") + "\"}\n{\"a-ref\": \"file://" + files.resolve("y")
                        + "\"}\n");
        Flux<ObjectBytes> objects =
                LocalManifestChannel.of(lines, List.of("a-ref")).objects();
        objects.concatMap(ObjectBytes::bytes, 0)
                .contextWrite(monitor.watch())
                .then()
                .block(Patience.PATIENCE);
        assertThat(monitor.epochProgress().withoutTimeLeft())
                .isEqualTo(new EpochProgress(42, 42, true, 2, true, Optional.empty()));
    }

    @Test
    void whatIsBeforeAResumePointCountsAsRead() {
        ResumePoint inThird = new ResumePoint(new Position(0, 2, 5, 0), 0);
        prefix().objects()
                .concatMap(object -> object.ordinal() < 2 ? Flux.empty() : object.bytes(object.ordinal() == 2 ? 5 : 0))
                .contextWrite(monitor.watch())
                .contextWrite(Pass.resumeAt(inThird))
                .then()
                .block(Patience.PATIENCE);
        assertThat(monitor.bytes()).isEqualTo(ALL - 35);
        assertThat(monitor.epochProgress().bytes()).isEqualTo(ALL);
        assertThat(monitor.progress()).hasValue(1);
    }

    @Test
    void aCancelledEpochIsReplacedByTheNextOne() {
        prefix().objects().contextWrite(monitor.watch()).blockFirst(Patience.PATIENCE);
        assertThat(known(prefix().shuffle(1).objects())).last().isEqualTo(all(ALL, 5));
    }
}
