package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.s3.S3Uri;
import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

@ExtendWith(TestCredentials.class)
class DoctorCommandTest {

    private static final byte[] BYTES = "some bytes of an object".getBytes(UTF_8);

    private static final Pattern FINDING = Pattern.compile("(\\S+) +(.+?) {2,}(.*)");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int doctor(URI endpoint, String uri, String... more) {
        List<String> args = new ArrayList<>(List.of("doctor", uri));
        if (endpoint != null) {
            args.addAll(List.of("--endpoint", endpoint.toString()));
        }
        args.addAll(Arrays.asList(more));
        return AgentCommand.run(new PrintWriter(out), new PrintWriter(err), args.toArray(String[]::new));
    }

    private int doctor(StubStore store, String uri) {
        return doctor(store.endpoint(), uri, "--seconds", "0");
    }

    /** Returns the grade and the text of each finding on a subject. */
    private String found(String subject) {
        return out.toString()
                .lines()
                .map(FINDING::matcher)
                .filter(line -> line.matches() && line.group(2).equals(subject))
                .map(line -> line.group(1) + ": " + line.group(3))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void aStoreThatHasEverythingIsReadAndWritten() throws Exception {
        try (TestStore store = TestStore.start(0)) {
            for (int i = 0; i < 5; i++) {
                store.put("train/part-" + i, BYTES);
            }
            assertThat(doctor(store.endpoint(), TestStore.uri("train/"), "--seconds", "1", "--write"))
                    .as(out + "" + err)
                    .isZero();
            assertThat(out.toString())
                    .contains("Nothing is missing for reading and writing.", "\"s3:prefix\" : \"train/*\"")
                    .doesNotContain(TestStore.SECRET_KEY, TestStore.ACCESS_KEY, "FAILED", "untried");
            assertThat(found("credentials")).startsWith("ok: ").contains("...tity", "aws.accessKeyId");
            assertThat(found("listing order")).startsWith("ok: ").contains("second page");
            assertThat(found("ranged GET")).startsWith("ok: bytes 11-22/23");
            assertThat(found("If-Match")).startsWith("ok: ");
            assertThat(List.of(found("1 GET"), found("8 GETs"), found("16 GETs")))
                    .allMatch(figure -> figure.startsWith("ok: ") && figure.contains("B/s, "));
            assertThat(found("s3:AbortMultipartUpload")).startsWith("ok: ");
            out.getBuffer().setLength(0);
            assertThat(doctor(store.endpoint(), TestStore.uri("train/"), "--seconds", "0"))
                    .isZero();
            assertThat(found("s3:ListBucket")).startsWith("ok: 5 keys on 1 page"); // none of its own is left
        }
    }

    @Test
    void theEndpointThatIsUsedIsStatedWithItsOrigin() throws Exception {
        try (TestStore store = TestStore.start(0)) {
            store.put("train/part-0", BYTES);
            String url = store.endpoint().toString();
            assertThat(doctor(store.endpoint(), TestStore.uri("train/"), "--seconds", "0"))
                    .isZero();
            assertThat(found("endpoint")).isEqualTo("ok: " + url + ", from --endpoint");
            for (String property : List.of("aws.endpointUrl", "aws.endpointUrlS3")) {
                out.getBuffer().setLength(0);
                System.setProperty(property, url);
                try {
                    assertThat(doctor(null, TestStore.uri("train/"), "--seconds", "0"))
                            .as(out + "" + err)
                            .isZero();
                } finally {
                    System.clearProperty(property);
                }
                assertThat(found("endpoint")).isEqualTo("ok: " + url + ", from the system property " + property);
                assertThat(found("bucket")).endsWith("exists, at " + url);
                assertThat(found("region")).startsWith("note: ");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http://a, the environment: AWS_ENDPOINT_URL_S3",
        "http://b, the system property aws.endpointUrl",
        "http://c, the environment: AWS_ENDPOINT_URL",
        "http://d, the profile 'mine': its services",
        "http://e, the profile 'mine': endpoint_url",
        "http://f, the configuration of the AWS SDK"
    })
    void theOriginOfAnEndpointIsTheSettingThatHasIt(URI used, String origin) {
        Map<String, String> environment =
                Map.of("AWS_ENDPOINT_URL_S3", "http://a", "AWS_ENDPOINT_URL", "http://c", "AWS_PROFILE", "mine");
        ProfileFile profiles = ProfileFile.builder()
                .type(ProfileFile.Type.CONFIGURATION)
                .content(new ByteArrayInputStream("""
                        [profile mine]
                        endpoint_url = http://e
                        services = local
                        [services local]
                        s3 =
                          endpoint_url = http://d
                        """.getBytes(UTF_8)))
                .build();
        assertThat(StoreEndpoint.origin(
                        used,
                        environment::get,
                        name -> name.equals("aws.endpointUrl") ? "http://b" : null,
                        () -> profiles))
                .isEqualTo(origin);
    }

    private static ProfileFile profile(String url) {
        return ProfileFile.builder()
                .type(ProfileFile.Type.CONFIGURATION)
                .content(new ByteArrayInputStream(("[default]\nendpoint_url = " + url + "\n").getBytes(UTF_8)))
                .build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "ftp://x",
                "http://host/?a=b",
                "http://a b",
                "host:9000",
                "http://host:99999",
                "http://host:0",
                "http://user:pw-secret@host",
                "http://user:pw-secret@a b"
            })
    void anEndpointThatIsNoneNamesItsSetting(String url) {
        Map<String, String> environment = Map.of("AWS_ENDPOINT_URL", url);
        assertThatThrownBy(() -> EndpointSettings.check(environment::get, name -> null, () -> profile("http://good")))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("the endpoint from the environment: AWS_ENDPOINT_URL: expected"
                        + " http(s)://HOST[:PORT][/PATH]")
                .message()
                .doesNotContain("pw-secret");
        if (!url.isBlank()) {
            assertThatThrownBy(() -> EndpointSettings.check(name -> null, name -> null, () -> profile(url)))
                    .hasMessageStartingWith("the endpoint from the profile 'default': endpoint_url: expected http(s)");
        }
        System.setProperty("aws.endpointUrl", url);
        try {
            assertThat(doctor((URI) null, "s3://bucket/")).isEqualTo(2);
        } finally {
            System.clearProperty("aws.endpointUrl");
        }
        assertThat(doctor((URI) null, "s3://bucket/", "--endpoint", url)).isEqualTo(2);
        assertThat(err.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("error: ") && line.contains("expected http(s)://HOST[:PORT][/PATH]"))
                .first()
                .asString()
                .contains("the system property aws.endpointUrl");
        assertThat(out.toString() + err).doesNotContain("pw-secret");
    }

    @Test
    void theFirstEndpointIsChecked() {
        Map<String, String> environment = Map.of("AWS_ENDPOINT_URL_S3", "https://host:9000/a", "AWS_ENDPOINT_URL", "");
        EndpointSettings.check(environment::get, name -> null, () -> profile("ftp://x"));
        EndpointSettings.check(name -> null, name -> null, () -> profile("http://[::1]:80/"));
    }

    @Test
    void aProfileFileThatIsNotUsedIsANote(@TempDir Path root) throws Exception {
        Path config = Files.writeString(root.resolve("config"), "[default]\nregion\n");
        try (StubStore store = new StubStore().put("train/a", BYTES)) {
            System.setProperty("aws.sharedCredentialsFile", root.resolve("none").toString());
            System.setProperty("aws.configFile", root.toString());
            System.setProperty("aws.profile", "other");
            try {
                doctor(store, "s3://bucket/train/");
                assertThat(found("profile").lines())
                        .containsExactly(
                                "note: " + root + ", set by aws.configFile, is a directory, so none of its settings is"
                                        + " used",
                                "note: " + root.resolve("none") + ", set by aws.sharedCredentialsFile, does not exist,"
                                        + " so none of its settings is used",
                                "note: the profile 'other', set by aws.profile, is not in " + root + " or "
                                        + root.resolve("none") + ", so none of its settings is used");
                System.setProperty("aws.configFile", config.toString());
                for (String[] args :
                        new String[][] {{}, {"--endpoint", store.endpoint().toString()}}) {
                    err.getBuffer().setLength(0);
                    assertThat(doctor(null, "s3://bucket/train/", args)).isEqualTo(2);
                    assertThat(err.toString()).contains(config.toString(), "on line 2");
                }
            } finally {
                System.clearProperty("aws.sharedCredentialsFile");
                System.clearProperty("aws.configFile");
                System.clearProperty("aws.profile");
            }
        }
    }

    @Test
    void withoutCredentialsNoRequestIsSent() throws Exception {
        try (StubStore store = new StubStore()) {
            store.rule((request, headers) -> {
                throw new AssertionError("no request expected");
            });
            BucketTrial trial = new BucketTrial(
                    new S3Uri("bucket", ""),
                    new StoreEndpoint(store.endpoint(), StoreEndpoint.OPTION),
                    null,
                    region -> S3AsyncClient.builder()
                            .region(Region.of(region))
                            .endpointOverride(store.endpoint())
                            .httpClientBuilder(ReactorNettyHttpClient.builder())
                            .credentialsProvider(() -> {
                                throw SdkClientException.create("no provider has any");
                            })
                            .build(),
                    new Findings(new PrintWriter(out)));
            assertThat(trial.run()).isEmpty();
            assertThat(found("credentials")).startsWith("FAILED: ").contains("no provider has any");
        }
    }

    @Test
    void aMissingBucketAndAnUnreachableStoreEndTheTrials() throws Exception {
        try (TestStore store = TestStore.start(0)) {
            assertThat(doctor(store.endpoint(), "s3://another-bucket/train/")).isEqualTo(1);
            assertThat(found("bucket")).startsWith("FAILED: ").contains("another-bucket");
            assertThat(found("s3:ListBucket")).startsWith("untried: ");
        }
        out.getBuffer().setLength(0);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThat(doctor(URI.create("http://127.0.0.1:" + port), "s3://bucket/"))
                .isEqualTo(1);
        assertThat(found("bucket")).startsWith("FAILED: no answer");
    }

    @Test
    void anEmptyPrefixIsMissing() throws Exception {
        try (StubStore store = new StubStore().put("train/a", BYTES).put("empty/", new byte[0])) {
            assertThat(doctor(store, "s3://bucket/eval/")).isEqualTo(1);
            assertThat(found("s3:ListBucket")).startsWith("FAILED: ").contains("no object");
            assertThat(found("s3:GetObject")).startsWith("untried: ");
            out.getBuffer().setLength(0);
            assertThat(doctor(store, "s3://bucket/empty/")).isEqualTo(1);
            assertThat(found("s3:GetObject")).startsWith("untried: ");
        }
    }

    @Test
    void eachActionThatIsDeniedIsNamed() throws Exception {
        try (StubStore store = new StubStore().put("train/a", BYTES)) {
            store.rule((request, headers) -> request.isList() || request.isBucket() ? 403 : 0);
            assertThat(doctor(store, "s3://bucket/train/")).isEqualTo(1);
            assertThat(found("s3:ListBucket")).startsWith("FAILED: ");
            assertThat(found("s3:GetObject")).startsWith("untried: "); // no key is known
            out.getBuffer().setLength(0);

            assertThat(doctor(store, "s3://bucket/train/a")).isEqualTo(1);
            assertThat(found("bucket")).startsWith("note: ");
            assertThat(found("s3:GetObject")).startsWith("ok: ");
            assertThat(found("ranged GET")).startsWith("ok: ");
            assertThat(out.toString()).contains("Missing, or not known: s3:ListBucket, listing order.");
            out.getBuffer().setLength(0);

            store.rule((request, headers) -> request.isList() || request.isBucket() ? 0 : 403);
            assertThat(doctor(store, "s3://bucket/train/")).isEqualTo(1);
            assertThat(found("s3:ListBucket")).startsWith("ok: ");
            assertThat(found("s3:GetObject")).startsWith("FAILED: ").contains("kms:Decrypt");
            out.getBuffer().setLength(0);

            store.rule((request, headers) ->
                    request.method().equals("PUT") || request.query().containsKey("uploads") ? 403 : 0);
            assertThat(doctor(store.endpoint(), "s3://bucket/train/", "--seconds", "0", "--write"))
                    .isEqualTo(1);
            assertThat(found("s3:PutObject")).startsWith("FAILED: ");
            assertThat(found("s3:AbortMultipartUpload")).startsWith("untried: ");
        }
    }

    @Test
    void aListingOutOfOrderIsFound() throws Exception {
        try (StubStore store = new StubStore().put("b", BYTES).put("a", BYTES)) {
            assertThat(doctor(store, "s3://bucket")).isEqualTo(1);
            assertThat(found("listing order")).startsWith("FAILED: ").contains("'a' after 'b'");
        }
    }

    @Test
    void aListingMayAscendByUtf16() throws Exception {
        try (StubStore store = new StubStore()) {
            store.put("a", BYTES).put("\ud83d\ude00", BYTES).put("\ufffd", BYTES);
            assertThat(doctor(store, "s3://bucket")).as(out + "" + err).isZero();
            assertThat(found("listing order")).startsWith("ok: by UTF-16").contains("second page");
            out.getBuffer().setLength(0);
            store.put("\ud83d\ude01", BYTES); // by neither of them
            assertThat(doctor(store, "s3://bucket")).isEqualTo(1);
            assertThat(found("listing order")).startsWith("FAILED: ");
        }
    }

    @Test
    void aDirectoryBucketMayListInAnyOrder() throws Exception {
        try (StubStore store = new StubStore().put("b", BYTES).put("a", BYTES).put("c", BYTES);
                S3AsyncClient client = S3AsyncClient.builder()
                        .region(Region.US_WEST_2)
                        .endpointOverride(store.endpoint())
                        .httpClientBuilder(ReactorNettyHttpClient.builder())
                        .forcePathStyle(true)
                        .disableS3ExpressSessionAuth(true)
                        .build()) {
            for (String bucket : List.of("train--usw2-az1--x-s3", "reader--usw2-az1--xa-s3")) {
                out.getBuffer().setLength(0);
                assertThat(new ListingTrial(client, new S3Uri(bucket, ""), new Findings(new PrintWriter(out))).run())
                        .isTrue();
                assertThat(found("listing order")).startsWith("ok: ");
            }
        }
    }

    @Test
    void aListingThatStartsAgainIsFound() throws Exception {
        try (StubStore store = new StubStore().put("a", BYTES).put("b", BYTES).put("c", BYTES)) {
            store.startAgain();
            assertThat(doctor(store, "s3://bucket")).isEqualTo(1);
            assertThat(found("listing order")).startsWith("FAILED: ").contains("[a, b, a]");
        }
    }

    @Test
    void aStoreWithoutRangesAndConditionsCanBeRead() throws Exception {
        try (StubStore store = new StubStore().put("a", BYTES).put("big", new byte[1 << 20])) {
            store.ignoreHeaders();
            assertThat(doctor(store, "s3://bucket")).isZero();
            assertThat(found("ranged GET")).startsWith("note: ");
            assertThat(found("If-Match")).startsWith("note: ");
        }
    }

    @Test
    void anAnswerOfAnotherSizeIsFound() throws Exception {
        try (StubStore store = new StubStore().put("a", BYTES)) {
            store.rule((request, headers) -> {
                if (request.method().equals("GET") && !request.isList()) {
                    store.put("a", Arrays.copyOf(BYTES, 13));
                }
                return 0;
            });
            assertThat(doctor(store, "s3://bucket")).isEqualTo(1);
            assertThat(found("ranged GET")).startsWith("FAILED: ").contains("bytes 11-12/13");
        }
    }

    @Test
    void whatTheStoreStatesOfAnObjectIsShown() throws Exception {
        try (StubStore store = new StubStore().put("a", BYTES).put("b", BYTES)) {
            store.rule((request, headers) -> {
                if (request.method().equals("HEAD") && request.key().equals("a")) {
                    headers.put("x-amz-server-side-encryption", "aws:kms");
                    headers.put("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:eu-west-1:1:key/2");
                    headers.put("x-amz-version-id", "v1");
                    headers.put("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=");
                    headers.put("x-amz-checksum-type", "FULL_OBJECT");
                }
                return request.query().containsKey("versionId") ? 403 : 0;
            });
            assertThat(doctor(store, "s3://bucket")).isZero();
            assertThat(found("encryption")).contains("key/2");
            assertThat(found("checksums")).contains("CRC64NVME FULL_OBJECT (1), none (1)");
            assertThat(found("s3:GetObjectVersion")).startsWith("note: ");
            assertThat(out.toString()).contains("\"kms:Decrypt\"", "\"arn:aws:kms:eu-west-1:1:key/2\"");
        }
    }

    @Test
    void requestsGoToTheBucketsRegionIfAnotherIsConfigured() throws Exception {
        try (StubStore store = new StubStore()) {
            store.rule((request, headers) -> {
                headers.put("x-amz-bucket-region", "eu-west-1");
                return request.headers().get("authorization").contains("/eu-west-1/s3/") ? 0 : 301;
            });
            assertThat(region("us-west-2", store)).isEqualTo("eu-west-1");
            assertThat(found("region")).startsWith("FAILED: ").contains("us-west-2", "--region to eu-west-1");
            out.getBuffer().setLength(0);
            assertThat(region("eu-west-1", store)).isEqualTo("eu-west-1");
            assertThat(found("region")).isEqualTo("ok: eu-west-1, the bucket's");
        }
    }

    /** Returns the region that the requests after the trial are sent to, as if the store were AWS. */
    private String region(String configured, StubStore store) {
        BucketTrial trial = new BucketTrial(
                new S3Uri("bucket", ""),
                null,
                configured,
                region -> S3Client.build(store.endpoint(), region),
                new Findings(new PrintWriter(out)));
        Optional<S3AsyncClient> client = trial.run();
        assertThat(client).isPresent();
        try (S3AsyncClient found = client.get()) {
            return found.serviceClientConfiguration().region().id();
        }
    }

    @Test
    void thePolicyAllowsThePrefixAlone() {
        String json = new LeastPolicy("bucket", "a*b$/", "cn-north-1", true, new TreeSet<>(List.of("key"))).json();
        String expected = "{'Version':'2012-10-17','Statement':["
                + "{'Sid':'PipefluxList','Effect':'Allow','Action':['s3:ListBucket'],"
                + "'Resource':['arn:aws-cn:s3:::bucket'],"
                + "'Condition':{'StringLike':{'s3:prefix':'a${*}b${$}/*'}}},"
                + "{'Sid':'PipefluxObjects','Effect':'Allow','Action':['s3:GetObject',"
                + "'s3:PutObject','s3:AbortMultipartUpload'],"
                + "'Resource':['arn:aws-cn:s3:::bucket/a${*}b${$}/*']},"
                + "{'Sid':'PipefluxUploads','Effect':'Allow',"
                + "'Action':['s3:ListBucketMultipartUploads'],"
                + "'Resource':['arn:aws-cn:s3:::bucket']},"
                + "{'Sid':'PipefluxKeys','Effect':'Allow',"
                + "'Action':['kms:Decrypt','kms:GenerateDataKey'],'Resource':['key']}]}";
        assertThat(json.replaceAll("\\s", "")).isEqualTo(expected.replace('\'', '"'));
        assertThat(new LeastPolicy("bucket", "", "eu-west-1", false, new TreeSet<>()).json())
                .doesNotContain("Condition", "Put", "kms")
                .contains("arn:aws:s3:::bucket/*");
    }

    @Test
    void thePolicyOfAnAccessPointNamesItsObjects() {
        for (String written : List.of("accesspoint/reader", "accesspoint:reader")) {
            S3Uri place = S3Uri.parse("s3://arn:aws:s3:us-west-2:123456789012:" + written + "/train/");
            assertThat(new LeastPolicy(place.bucket(), place.prefix(), "us-west-2", true, new TreeSet<>()).json())
                    .contains(
                            "[ \"arn:aws:s3:us-west-2:123456789012:accesspoint/reader\" ]",
                            "[ \"arn:aws:s3:us-west-2:123456789012:accesspoint/reader/object/train/*\" ]")
                    .doesNotContain(":::", "accesspoint:");
        }
    }

    @Test
    void wrongOptionsAreOneLine() {
        for (String[] args : List.of(new String[] {"doctor"}, new String[] {"doctor", "file:/data"}, new String[] {
            "doctor", "s3://bucket", "--seconds", "-1"
        })) {
            assertThat(AgentCommand.run(new PrintWriter(out), new PrintWriter(err), args))
                    .isEqualTo(2);
        }
        assertThat(err.toString().lines()).hasSize(3).allMatch(line -> line.startsWith("error: "));
        assertThat(AgentCommand.run(new PrintWriter(out), new PrintWriter(err), "doctor", "--help"))
                .isZero();
        assertThat(out.toString()).contains("--write");
    }
}
