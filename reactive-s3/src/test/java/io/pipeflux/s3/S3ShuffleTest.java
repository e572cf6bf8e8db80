package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.Pass;
import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SeededPermutation;
import io.pipeflux.core.channel.ObjectRef;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.s3.test.S3Server;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class S3ShuffleTest extends S3Test {

    private static final int OBJECTS = 11;

    private final List<String> keys = new ArrayList<>();

    @BeforeEach
    void putObjects() {
        for (int i = 0; i < OBJECTS; i++) {
            String key = "train/dir x/" + (char) ('a' + i) + " b+c&=%?#ü日.txt";
            server.put(bucket, key, S3Server.bytes(i, i));
            keys.add("s3://" + bucket + "/" + key);
        }
    }

    private S3Channel channel() {
        return S3Channels.prefix(
                client, "s3://" + bucket + "/train/", S3ReadOptions.defaults().pageSize(4));
    }

    private List<String> expected(long seed, long epoch, int count, int index) {
        int[] order = SeededPermutation.of(OBJECTS, seed, epoch);
        return IntStream.range(0, OBJECTS)
                .filter(i -> i % count == index)
                .mapToObj(i -> keys.get(order[i]))
                .toList();
    }

    @Test
    void theOrderIsThatOfSeedAndEpochOnEveryHostAndInEveryPass() {
        List<String> passes = channel()
                .shuffle(7)
                .objects()
                .map(ObjectBytes::key)
                .transform(PipeOperators.repeat(3))
                .collectList()
                .block();

        List<String> expected = new ArrayList<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            expected.addAll(expected(7, epoch, 1, 0));
        }
        assertThat(passes).isEqualTo(expected);
        assertThat(proxy.listings()).isEqualTo(3 * 3); // each pass lists anew
    }

    @Test
    void objectsThatWereListedAreReadByAnotherClient() {
        List<ObjectRef> listed = channel()
                .shuffle(7)
                .list()
                .contextWrite(Pass.resumeAt(new ResumePoint(new Position(1, Position.NO_OBJECT, 0, 0), 0)))
                .collectList()
                .block();
        assertThat(listed).extracting(ObjectRef::key).isEqualTo(expected(7, 1, 1, 0));

        List<byte[]> bytes = S3Channels.read(server.client(), Flux.fromIterable(listed), S3ReadOptions.defaults())
                .concatMap(
                        object -> object.bytes()
                                .reduce(new ByteArrayOutputStream(), (all, chunk) -> {
                                    all.write(chunk.array(), chunk.arrayOffset(), chunk.remaining());
                                    return all;
                                })
                                .map(ByteArrayOutputStream::toByteArray),
                        0)
                .collectList()
                .block();

        for (int i = 0; i < OBJECTS; i++) {
            int seed = keys.indexOf(listed.get(i).key());
            assertThat(bytes.get(i)).isEqualTo(S3Server.bytes(seed, seed));
        }
    }

    @Test
    void hostsShareWhatWasShuffledAndShareTheNextEpochDifferently() {
        for (int epoch = 0; epoch < 2; epoch++) {
            for (int host = 0; host < 3; host++) {
                List<ObjectBytes> share = channel()
                        .shuffle(7)
                        .shard(3, host)
                        .objects()
                        .contextWrite(Pass.resumeAt(new ResumePoint(new Position(epoch, 0, 0, 0), 0)))
                        .collectList()
                        .block();
                assertThat(share).extracting(ObjectBytes::key).isEqualTo(expected(7, epoch, 3, host));
                assertThat(share)
                        .extracting(ObjectBytes::ordinal)
                        .isEqualTo(IntStream.range(0, share.size())
                                .mapToObj(i -> (long) i)
                                .toList());
                share.forEach(object ->
                        assertThat(all(object.bytes())).isEqualTo(S3Server.bytes((int) object.size(), object.size())));
                assertThat(share).extracting(ObjectBytes::etag).doesNotContainNull();
            }
        }
        assertThat(expected(7, 0, 3, 0)).isNotEqualTo(expected(7, 1, 3, 0));
    }

    @Test
    void withoutAShuffleHostsShareTheListing() {
        assertThat(channel()
                        .shard(2, 1)
                        .objects()
                        .map(ObjectBytes::key)
                        .collectList()
                        .block())
                .isEqualTo(IntStream.range(0, OBJECTS)
                        .filter(i -> i % 2 == 1)
                        .mapToObj(keys::get)
                        .toList());
    }

    @Test
    void aHostWithoutObjectsIsNoErrorButAChannelWithoutObjectsIs() {
        assertThat(channel().shard(20, 15).objects().count().block()).isZero();
        assertThat(channel().shuffle(1).shard(20, 15).bytes().count().block()).isZero();
        assertThatThrownBy(() -> S3Channels.prefix(client, "s3://" + bucket + "/none/")
                        .shuffle(1)
                        .shard(20, 15)
                        .objects()
                        .blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessageStartingWith("no object under s3://" + bucket + "/none/");
    }

    @Test
    void aPackedObjectIsTheSameObject() {
        ObjectRefPacking packing = new ObjectRefPacking("b/pre");
        for (String etag : new String[] {
            null,
            "",
            "\"0123456789abcdef0123456789abcdef\"",
            "\"0123456789ABCDEF0123456789abcdef\"",
            "0123456789abcdef0123456789abcdef",
            "\"0123456789abcdef0123456789abcdef-17\"",
            "x".repeat(255),
            "x".repeat(256),
            "x".repeat(5000)
        }) {
            S3ObjectRef object = new S3ObjectRef("b", "pre" + keys.get(3), Long.MAX_VALUE, etag);
            assertThat(packing.unpack(packing.pack(object))).isEqualTo(object);
        }
        S3ObjectRef unsized = new S3ObjectRef("b", "/k/", -1, null);
        ObjectRefPacking whole = new ObjectRefPacking("");
        assertThat(whole.unpack(whole.pack(unsized))).isEqualTo(unsized);
    }
}
