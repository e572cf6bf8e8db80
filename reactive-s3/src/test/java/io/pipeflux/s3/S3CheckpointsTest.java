package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.job.Checkpoints;
import io.pipeflux.core.job.Fingerprint;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.Answer;
import io.pipeflux.s3.test.MisbehavingStore;
import io.pipeflux.s3.test.MisbehavingStore.Misbehaviour;
import io.pipeflux.s3.test.MisbehavingStore.Request;
import io.pipeflux.s3.test.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;

class S3CheckpointsTest extends S3Test {

    private static final Fingerprint JOB = Fingerprint.of("batch", "64");
    private static final byte[] STATE = S3Server.bytes(3 << 20, 1);

    private Checkpoints checkpoints(S3AsyncClient client, String prefix) {
        return Checkpoints.of(S3Checkpoints.at(client, "s3://" + bucket + prefix), JOB);
    }

    @Test
    void whatWasSavedIsReadByTheNextRunAndReplaced() {
        Checkpoints first = checkpoints(server.client(), "/jobs/7/");
        assertThat(first.latest()).isEmpty();
        first.save(100, ResumePoint.START, STATE);
        first.save(200, ResumePoint.START, STATE);
        assertThat(checkpoints(server.client(), "/jobs/7").latest()).hasValueSatisfying(last -> {
            assertThat(last.step()).isEqualTo(200);
            assertThat(last.state()).isEqualTo(STATE);
        });
        assertThat(checkpoints(server.client(), "/jobs/8").latest()).isEmpty();
    }

    @Test
    void theWholeBucketMayBeTheFolder() {
        Checkpoints checkpoints = checkpoints(server.client(), "");
        assertThat(checkpoints.latest()).isEmpty();
        checkpoints.save(1, ResumePoint.START, STATE);
        assertThat(checkpoints(server.client(), "/").latest()).isPresent();
        assertThat(checkpoints).hasToString("s3://" + bucket + "/checkpoint");
    }

    @Test
    void aDamagedObjectIsAnError() {
        Checkpoints first = checkpoints(server.client(), "/x/");
        first.latest();
        first.save(100, ResumePoint.START, STATE);
        byte[] whole = server.client()
                .getObject(get -> get.bucket(bucket).key("x/checkpoint"), AsyncResponseTransformer.toBytes())
                .join()
                .asByteArray();
        server.put(bucket, "x/checkpoint", Arrays.copyOf(whole, whole.length / 2));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(checkpoints(server.client(), "/x/")::latest)
                .withMessageContaining("is damaged")
                .withMessageContaining("s3://" + bucket + "/x/checkpoint");
    }

    @Test
    void anObjectThatIsTooLongIsRefusedBeforeItIsInMemory() throws Exception {
        try (MisbehavingStore store = new MisbehavingStore(Map.of("x/checkpoint", STATE), new Misbehaviour() {
            @Override
            public void answer(Request request, Answer answer) {
                answer.header("Content-Length", 1L << 40).endlessly(" ".repeat(10_000));
            }
        })) {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(
                            Checkpoints.of(S3Checkpoints.at(server.client(store.port()), "s3://train/x/"), JOB)::latest)
                    .withMessageContaining("at most 1073741824 bytes, but got 1099511627776");
        }
    }

    @Test
    void anAnswerWithoutALengthEndsAtTheLimit() throws Exception {
        try (MisbehavingStore store = new MisbehavingStore(Map.of("x", STATE), new Misbehaviour() {
            @Override
            public void answer(Request request, Answer answer) {
                answer.chunked().endlessly(" ".repeat(10_000));
            }
        })) {
            assertThatThrownBy(() -> server.client(store.port())
                            .getObject(get -> get.bucket("train").key("x"), new LimitedBytes("s3://train/x", 5 << 20))
                            .get(Patience.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(ObjectReadException.class)
                    .hasMessageContaining("at most 5242880 bytes");
        }
    }

    @Test
    void aMissingBucketAndRefusedCredentialsAreNoFreshStart() {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(Checkpoints.of(S3Checkpoints.at(server.client(), "s3://no-such-bucket/x/"), JOB)::latest);
        S3AsyncClient wrong = server.client(server.port(), S3Server.ACCESS_KEY, "wrong", http -> {});
        assertThatExceptionOfType(CheckpointException.class).isThrownBy(checkpoints(wrong, "/x/")::latest);
    }

    /** Answers that look like "not there", and are not S3's answer about the key. */
    @ParameterizedTest
    @CsvSource({"404,''", "404,<html>gone</html>", "404,<Error><Code>NoSuchUpload</Code></Error>", "403,''", "503,''"})
    void noOtherAnswerMeansThatThereIsNone(int status, String body) throws IOException {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        other.createContext("/", exchange -> {
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        other.start();
        try {
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(checkpoints(server.client(other.getAddress().getPort()), "/x/")::latest);
        } finally {
            other.stop(0);
        }
    }

    @Test
    void usersWhoBlockAllOfBoundedElasticDoNotKeepItFromSaving() {
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 2 * Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE; i++) {
            Schedulers.boundedElastic().schedule(() -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
        try {
            Checkpoints checkpoints = checkpoints(server.client(), "/blocked/");
            CompletableFuture<Void> saved = new CompletableFuture<>();
            Thread training = new Thread(() -> {
                checkpoints.latest();
                checkpoints.save(7, ResumePoint.START, STATE);
                saved.complete(null);
            });
            training.setDaemon(true);
            training.start();
            assertThat(saved).succeedsWithin(Patience.PATIENCE);
        } finally {
            never.countDown();
        }
    }

    @Test
    void anInterruptedTrainingSavesWhatItHas() {
        Checkpoints checkpoints = checkpoints(server.client(), "/interrupted/");
        Thread.currentThread().interrupt();
        assertThat(checkpoints.latest()).isEmpty();
        checkpoints.save(7, ResumePoint.START, STATE);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(checkpoints.latest().orElseThrow().step()).isEqualTo(7);
    }
}
