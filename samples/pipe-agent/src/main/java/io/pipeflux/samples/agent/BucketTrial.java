package io.pipeflux.samples.agent;

import io.pipeflux.s3.S3Uri;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;

/** Tests whether the bucket exists, which region it is in, and whether this machine's clock agrees with the store's. */
final class BucketTrial {

    private static final String ANY_REGION = S3Client.ANY_REGION.id();
    // the maximum difference between this machine's clock and the store's. A larger difference is reported as a
    // failure, although S3 accepts up to 15 minutes
    private static final Duration SKEW = Duration.ofMinutes(5);

    private final S3Uri place;
    private final @Nullable StoreEndpoint endpoint;
    private final @Nullable String chosen;
    private final Function<String, S3AsyncClient> clients;
    private final Findings findings;

    /**
     * @param endpoint the endpoint of a store other than AWS, or null
     * @param chosen the value of the option {@code --region}, or null
     * @param clients creates a client for a region
     */
    BucketTrial(
            S3Uri place,
            @Nullable StoreEndpoint endpoint,
            @Nullable String chosen,
            Function<String, S3AsyncClient> clients,
            Findings findings) {
        this.place = place;
        this.endpoint = endpoint;
        this.chosen = chosen;
        this.clients = clients;
        this.findings = findings;
    }

    /**
     * Runs the trial. Returns a client for the bucket's region, or an empty Optional if no further trial can succeed.
     */
    Optional<S3AsyncClient> run() {
        String configured = configured();
        String first = configured == null ? ANY_REGION : configured;
        S3AsyncClient client = clients.apply(first);
        findings.ok(
                "endpoint",
                endpoint == null ? "that of AWS for " + first + ", because no other is set" : endpoint.toString());
        if (!CredentialsTrial.run(client, findings)) {
            return Optional.empty();
        }
        String found;
        try {
            HeadBucketResponse answer =
                    RequestFailedException.answer(() -> client.headBucket(request -> request.bucket(place.bucket())));
            findings.ok("bucket", place.bucket() + " exists, at " + at());
            clock(answer.sdkHttpResponse().firstMatchingHeader("Date"));
            found = answer.bucketRegion();
        } catch (RequestFailedException e) {
            found = e.header("x-amz-bucket-region").orElse(null);
            if (!answers(e, found)) {
                return Optional.empty();
            }
        }
        region(configured, found);
        if (found == null || found.equals(first)) {
            return Optional.of(client);
        }
        client.close();
        return Optional.of(clients.apply(found));
    }

    /**
     * Reports a failed request. Returns false if the store did not respond, or responded that there is no such bucket.
     */
    private boolean answers(RequestFailedException e, @Nullable String region) {
        if (e.status() == 0) {
            findings.failed("bucket", "no answer from " + at() + ": " + e.getMessage());
            return false;
        }
        if (e.status() == 404) {
            findings.failed("bucket", "there is no bucket '" + place.bucket() + "' at " + at() + " (404)");
            return false;
        }
        clock(e.header("Date"));
        if (e.isDenied()) {
            findings.note(
                    "bucket",
                    "the HEAD of the bucket is denied (403). It needs s3:ListBucket for the whole bucket, and Pipeflux"
                            + " does not send it. The bucket may also be another account's");
        } else if (region == null) {
            findings.failed("bucket", "the HEAD of the bucket got: " + e.getMessage());
        }
        return true;
    }

    private void region(@Nullable String configured, @Nullable String found) {
        if (endpoint != null && found == null) {
            findings.note(
                    "region",
                    "the store does not state one; requests are signed for "
                            + (configured == null ? ANY_REGION : configured));
        } else if (configured == null && endpoint == null) {
            findings.failed(
                    "region",
                    "none is configured: set AWS_REGION or --region"
                            + (found == null
                                    ? "; the bucket's is not known, " + ANY_REGION + " is tried"
                                    : " to the bucket's, " + found + ". The other trials are sent there"));
        } else if (found == null) {
            findings.untried("region", "the store has not stated the bucket's; requests are sent to " + configured);
        } else if (found.equals(configured)) {
            findings.ok("region", found + ", the bucket's");
        } else if (endpoint != null) {
            findings.note("region", "the store states " + found + "; requests are signed for it");
        } else {
            findings.failed(
                    "region",
                    "expected the bucket's, " + found + ", but got " + configured + ": set AWS_REGION or --region to "
                            + found + ". The other trials are sent there");
        }
    }

    private void clock(Optional<String> date) {
        if (date.isEmpty()) {
            return;
        }
        try {
            Instant store = DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.get(), Instant::from);
            Duration apart = Duration.between(store, Instant.now()).abs();
            String text = apart.toSeconds() + " s from the store's";
            if (apart.compareTo(SKEW) > 0) {
                findings.failed("clock", text + ": signatures are refused if it is more than 15 minutes");
            } else {
                findings.ok("clock", text);
            }
        } catch (DateTimeParseException e) {
            findings.note("clock", "expected a date from the store, but got '" + date.get() + "'");
        }
    }

    private @Nullable String configured() {
        if (chosen != null) {
            return chosen;
        }
        boolean ofOption = endpoint != null && endpoint.origin().equals(StoreEndpoint.OPTION);
        Region region = ofOption ? null : S3Client.ofTheSdk();
        return region == null ? null : region.id();
    }

    private String at() {
        return endpoint == null ? "AWS" : endpoint.url().toString();
    }
}
