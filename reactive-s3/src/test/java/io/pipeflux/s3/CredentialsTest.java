package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.core.suite.Patience;
import io.pipeflux.s3.test.FaultProxy.Trouble;
import io.pipeflux.s3.test.S3Server;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Credentials that a store refuses in the middle of an epoch. */
@Execution(ExecutionMode.CONCURRENT) // most of them wait
class CredentialsTest extends S3Test {

    private static final int PART = 100_000;
    private static final int PARTS = 20;
    private static final S3ReadOptions OPTIONS =
            S3ReadOptions.defaults().partSize(PART).windowBytes(10 * PART).retries(30);

    /** Which key the client's provider gives: the right one, but 1. */
    private final AtomicInteger key = new AtomicInteger();

    @ParameterizedTest
    @CsvSource({
        "400, ExpiredToken",
        "400, InvalidToken",
        "400, TokenRefreshRequired",
        "403, InvalidAccessKeyId",
        "403, SignatureDoesNotMatch",
        "403, RequestExpired"
    })
    void refreshedByTheProviderTheyAreTakenAtTheNextTry(int status, String code) {
        byte[] content = S3Server.bytes(PARTS * PART, 1);
        server.put(bucket, "a", content);
        refuse(status, code, () -> key.set(2));
        List<ByteBuffer> chunks = new CopyOnWriteArrayList<>();

        StepVerifier.create(bytes().doOnNext(chunks::add), 1)
                .expectNextCount(1)
                .then(() -> key.set(1))
                .thenRequest(Long.MAX_VALUE)
                .thenConsumeWhile(chunk -> true)
                .expectComplete()
                .verify(Patience.PATIENCE);
        assertThat(Arrays.equals(join(chunks), content)).isTrue();
        assertThat(key).hasValue(2);
    }

    @ParameterizedTest
    @CsvSource({"400, ExpiredToken", "403, InvalidAccessKeyId"})
    void refusedForGoodTheyAreReportedAfterAFewTries(int status, String code) {
        server.put(bucket, "a", S3Server.bytes(PARTS * PART, 1));
        AtomicInteger refused = new AtomicInteger();
        refuse(status, code, refused::incrementAndGet);

        assertThatThrownBy(() -> bytes().doOnNext(chunk -> key.set(1)).blockLast())
                .isInstanceOf(ObjectReadException.class)
                .hasMessage("the credentials were refused for bucket '" + bucket + "' at http://127.0.0.1:"
                        + proxy.port() + " (" + status + " " + code
                        + "): check access key, secret key, session token and clock (s3://" + bucket
                        + "/a) [PF-S3-01]");
        assertThat(refused).hasValueLessThanOrEqualTo(10 * (1 + PartTries.REFUSALS));
    }

    @Test
    void refreshedBetweenTwoPagesTheListingGoesOn() {
        IntStream.range(0, 5).forEach(i -> server.put(bucket, "o" + i, new byte[1]));
        AtomicInteger asked = new AtomicInteger();
        S3AsyncClient client = client(() -> credentials(asked.incrementAndGet() == 2));

        assertThat(S3Channels.prefix(client, "s3://" + bucket + "/", OPTIONS.pageSize(2))
                        .objects()
                        .count()
                        .block())
                .isEqualTo(5);
        assertThat(asked).as("three pages, one of them twice").hasValue(3 + 1);
    }

    @Test
    void refreshedBetweenTheObjectsOfAManifestTheirSizesAreHad() {
        IntStream.range(0, 3).forEach(i -> server.put(bucket, "o" + i, new byte[1]));
        server.put(
                bucket, "manifest", ("[{\"prefix\":\"s3://" + bucket + "/\"},\"o0\",\"o1\",\"o2\"]").getBytes(UTF_8));
        AtomicInteger heads = new AtomicInteger();
        S3AsyncClient client = server.client(
                proxy.port(),
                made -> made.overrideConfiguration(c -> c.addExecutionInterceptor(new ExecutionInterceptor() {
                    @Override
                    public SdkHttpResponse modifyHttpResponse(
                            Context.ModifyHttpResponse answer, ExecutionAttributes attributes) {
                        return answer.httpRequest().method() == SdkHttpMethod.HEAD && heads.incrementAndGet() == 3
                                ? answer.httpResponse().toBuilder()
                                        .statusCode(400)
                                        .build()
                                : answer.httpResponse();
                    }
                })));

        assertThat(S3Channels.manifest(client, "s3://" + bucket + "/manifest", OPTIONS)
                        .objects()
                        .map(ObjectBytes::size)
                        .collectList()
                        .block())
                .containsExactly(1L, 1L, 1L);
        assertThat(heads).as("the manifest, three objects, one of them twice").hasValue(1 + 3 + 1);
    }

    private void refuse(int status, String code, Runnable onRefused) {
        proxy.troubleEvery(head -> {
            if (!head.contains("Credential=rotated")) {
                return Trouble.NONE;
            }
            onRefused.run();
            return Trouble.answer(status, code);
        });
    }

    private Flux<ByteBuffer> bytes() {
        return S3Channels.prefix(client(() -> credentials(key.get() == 1)), "s3://" + bucket + "/", OPTIONS)
                .bytes();
    }

    private static AwsCredentials credentials(boolean rotated) {
        return rotated
                ? AwsBasicCredentials.create("rotated", "rotated")
                : AwsBasicCredentials.create(S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
    }

    /** A client that never tries again by itself. */
    private S3AsyncClient client(AwsCredentialsProvider credentials) {
        return server.client(
                proxy.port(),
                made -> made.credentialsProvider(credentials)
                        .overrideConfiguration(c -> c.retryStrategy(AwsRetryStrategy.doNotRetry())));
    }
}
