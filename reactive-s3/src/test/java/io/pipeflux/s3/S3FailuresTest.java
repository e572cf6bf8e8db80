package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectReadException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The answers that S3Proxy never gives; the others are in the tests of listing and reading. */
class S3FailuresTest {

    private static final S3AsyncClient CLIENT = S3AsyncClient.builder()
            .endpointOverride(URI.create("http://store:9000"))
            .region(Region.EU_WEST_1)
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .build();
    private static final S3AsyncClient AWS = S3AsyncClient.builder()
            .region(Region.EU_WEST_1)
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .build();
    private static final S3Uri URI_OF_TRAIN = S3Uri.parse("s3://bucket/train/");
    private static final S3ObjectRef OBJECT = new S3ObjectRef("bucket", "train/a", 10, "\"abc\"");
    private static final ObjectVersion VERSION = new ObjectVersion(OBJECT);

    @AfterAll
    static void closeClients() {
        CLIENT.close();
        AWS.close();
    }

    @Test
    void deniedAccessNamesThePermission() {
        assertThat(ReadFailures.listing(CLIENT, URI_OF_TRAIN, answer(403, "AccessDenied")))
                .hasMessage(
                        "access to bucket 'bucket' at http://store:9000 was denied (403 AccessDenied): the credentials"
                                + " need s3:ListBucket on the bucket (s3://bucket/train/) [PF-S3-02]");
        assertThat(ReadFailures.reading(CLIENT, VERSION, new PartRange(0, 10), answer(403, "AccessDenied")))
                .hasMessage(
                        "access to bucket 'bucket' at http://store:9000 was denied (403 AccessDenied): the credentials"
                                + " need s3:GetObject on the object (s3://bucket/train/a) [PF-S3-02]");
    }

    @Test
    void aPlusSignOfAUrlWithoutObjectsIsExplained() {
        String url = "https://s3.amazonaws.com/bucket/my+data/";

        assertThat(ReadFailures.noObject(CLIENT, S3Uri.parse(url), url)).hasMessageContaining("%20");
        for (String other : List.of("s3://bucket/my+data/", "https://s3.amazonaws.com/bucket/my%2Bdata/")) {
            assertThat(ReadFailures.noObject(CLIENT, S3Uri.parse(other), other).getMessage())
                    .doesNotContain("%20");
        }
    }

    @Test
    void aBucketOfAnotherRegionIsReported() {
        assertThat(ReadFailures.listing(AWS, URI_OF_TRAIN, answer(301, "PermanentRedirect")))
                .hasMessage("bucket 'bucket' is not served by AWS eu-west-1 (301 PermanentRedirect): set the"
                        + " region to the bucket's (s3://bucket/train/) [PF-S3-04]");
    }

    @Test
    void missingCredentialsAreReported() {
        assertThat(ReadFailures.listing(
                        AWS,
                        URI_OF_TRAIN,
                        SdkClientException.create("Unable to load credentials from any of the providers in the chain")))
                .hasMessage("there are no credentials for AWS eu-west-1: give the client a credentials provider, or set"
                        + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (s3://bucket/train/) [PF-S3-01]");
    }

    @Test
    void anUnknownHostIsAnEndpointThatCannotBeReached() {
        assertThat(ReadFailures.listing(
                        CLIENT,
                        URI_OF_TRAIN,
                        SdkClientException.create("no answer", new UnknownHostException("store: not known"))))
                .hasMessageStartingWith("http://store:9000 cannot be reached: check the endpoint and the network:"
                        + " store: not known");
    }

    @Test
    void anyOtherFailureKeepsTheFirstLineAndTheCause() {
        AwsServiceException cause = answer(500, "InternalError");

        ObjectReadException failure =
                ReadFailures.reading(CLIENT, VERSION, new PartRange(4, 6), new CompletionException(cause));

        assertThat(failure)
                .hasMessageStartingWith("expected bytes 4 to 9 of 10 from http://store:9000, but the last try got: ")
                .hasMessageContaining("Try again")
                .hasCause(cause)
                .message()
                .hasLineCount(1);
        assertThat(failure.source()).isEqualTo("s3://bucket/train/a");
    }

    @Test
    void aFailureOfOursInsideTheClientsStaysWhatItIs() {
        ObjectReadException ours = VERSION.changed("\"def\"", null);

        assertThat(ReadFailures.reading(
                        CLIENT, VERSION, new PartRange(0, 10), SdkClientException.create("Unable to execute", ours)))
                .isSameAs(ours)
                .hasMessage(
                        "the object changed while it was read: expected ETag \"abc\", as listed, but got \"def\"; start"
                                + " the epoch again (s3://bucket/train/a) [PF-OBJECT-05]");
    }

    private static AwsServiceException answer(int status, String code) {
        return S3Exception.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage("Something happened.\nTry again.")
                        .build())
                .message("Something happened. Try again.\nMore.")
                .build();
    }
}
