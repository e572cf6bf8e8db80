package io.pipeflux.samples.agent;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Finds the credentials with which the client signs, and the SDK provider that supplies these credentials. */
final class CredentialsTrial {

    private static final int SHOWN = 4;

    /**
     * The providers of the SDK's default chain that send no requests, in the chain's order. Each key of the map
     * describes its provider.
     */
    private static final Map<String, Supplier<AwsCredentialsProvider>> LOCAL = new LinkedHashMap<>();

    static {
        LOCAL.put("the system properties aws.accessKeyId and so on", SystemPropertyCredentialsProvider::create);
        LOCAL.put("the environment: AWS_ACCESS_KEY_ID and so on", EnvironmentVariableCredentialsProvider::create);
        LOCAL.put("a web identity token: AWS_WEB_IDENTITY_TOKEN_FILE", WebIdentityTokenFileCredentialsProvider::create);
        LOCAL.put("the profile of AWS_PROFILE, or 'default', in ~/.aws", ProfileCredentialsProvider::create);
    }

    private CredentialsTrial() {}

    /** Runs the trial. Returns whether credentials were found. */
    static boolean run(S3AsyncClient client, Findings findings) {
        try {
            AwsCredentialsIdentity found = RequestFailedException.answer(() -> resolve(client));
            findings.ok("credentials", describe(found));
            return true;
        } catch (RequestFailedException e) {
            findings.failed(
                    "credentials",
                    "there are none: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE" + withoutSts()
                            + ". The SDK states: " + e.getMessage());
            return false;
        }
    }

    /**
     * Returns a hint if a web identity is configured, for example by a Kubernetes pod, but the SDK module that reads it
     * is missing. Otherwise, returns an empty string.
     */
    private static String withoutSts() {
        if (System.getenv("AWS_WEB_IDENTITY_TOKEN_FILE") == null) {
            return "";
        }
        try {
            Class.forName("software.amazon.awssdk.services.sts.StsClient");
            return "";
        } catch (ClassNotFoundException e) {
            return ". AWS_WEB_IDENTITY_TOKEN_FILE is set, but this program lacks the library that reads it"
                    + " (software.amazon.awssdk:sts): build the jar with it, or give the credentials in another way";
        }
    }

    private static CompletableFuture<AwsCredentialsIdentity> resolve(S3AsyncClient client) {
        return client.serviceClientConfiguration()
                .credentialsProvider()
                .resolveIdentity()
                .thenApply(identity -> identity);
    }

    private static String describe(AwsCredentialsIdentity found) {
        String id = found.accessKeyId();
        StringBuilder text = new StringBuilder("access key ...")
                .append(id.substring(Math.max(id.length() / 2, id.length() - SHOWN)))
                .append(" from ")
                .append(origin(id));
        found.accountId().ifPresent(account -> text.append(", account ").append(account));
        if (found instanceof AwsSessionCredentialsIdentity) {
            text.append(", temporary");
        }
        found.expirationTime().ifPresent(end -> text.append(", valid until ").append(end));
        return text.toString();
    }

    private static String origin(String accessKeyId) {
        for (Map.Entry<String, Supplier<AwsCredentialsProvider>> provider : LOCAL.entrySet()) {
            if (accessKeyId(provider.getValue()).filter(accessKeyId::equals).isPresent()) {
                return provider.getKey();
            }
        }
        return System.getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != null
                        || System.getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") != null
                ? "the container's role: AWS_CONTAINER_CREDENTIALS_..."
                : "the instance's role, or another provider of the SDK";
    }

    private static Optional<String> accessKeyId(Supplier<AwsCredentialsProvider> provider) {
        try {
            return Optional.of(provider.get().resolveCredentials().accessKeyId());
        } catch (SdkException | IllegalStateException e) { // the provider has no credentials
            return Optional.empty();
        }
    }
}
