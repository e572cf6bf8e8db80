package io.pipeflux.s3;

import io.pipeflux.core.internal.KeyText;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * Reads the location of a bucket from the error response of a store that does not serve the bucket. This is needed
 * because the SDK does not follow redirects.
 *
 * <pre>
 *   response                                 location
 *   301, 307 of S3                           x-amz-bucket-region, also in the response to a HEAD
 *   400 AuthorizationHeaderMalformed of S3   message: "the region 'us-east-1' is wrong; expecting 'eu-west-1'"
 *   301, 302, 303, 307, 308 of a proxy       Location
 * </pre>
 */
final class Elsewhere {

    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int BAD_REQUEST = 400;
    private static final String WRONG_REGION = "AuthorizationHeaderMalformed";
    private static final Pattern EXPECTED = Pattern.compile("expecting '([a-z0-9-]{1,40})'");

    private Elsewhere() {}

    /**
     * Returns advice for the error message. Returns null if the response does not point to a different region or
     * endpoint.
     */
    static @Nullable String advice(AwsServiceException e) {
        boolean redirect = REDIRECTS.contains(e.statusCode());
        AwsErrorDetails details = e.awsErrorDetails();
        if (!redirect && (details == null || !mayBeOfAnotherRegion(e.statusCode(), details.errorCode()))) {
            return null;
        }
        String region = details == null ? null : region(details);
        if (region != null) {
            return "set the region to " + KeyText.printable(region)
                    + ", or build the client with crossRegionAccessEnabled(true)";
        }
        String location = details == null ? null : header(details, "Location");
        if (location != null) {
            return "it redirects to " + KeyText.printable(location) + ": set the endpoint to that one";
        }
        return redirect ? "set the region to the bucket's" : null;
    }

    /** Returns whether the bucket may be in a different region. After a HEAD, the error code is null. */
    private static boolean mayBeOfAnotherRegion(int status, @Nullable String code) {
        return status == BAD_REQUEST && (code == null || code.equals(WRONG_REGION));
    }

    private static @Nullable String region(AwsErrorDetails details) {
        String stated = header(details, "x-amz-bucket-region");
        if (stated != null || details.errorMessage() == null) {
            return stated;
        }
        Matcher expected = EXPECTED.matcher(details.errorMessage());
        return expected.find() ? expected.group(1) : null;
    }

    private static @Nullable String header(AwsErrorDetails details, String name) {
        SdkHttpResponse answer = details.sdkHttpResponse();
        return answer == null ? null : answer.firstMatchingHeader(name).orElse(null);
    }
}
