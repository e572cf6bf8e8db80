package io.pipeflux.samples.agent;

import io.pipeflux.s3.S3Uri;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The subcommand {@code pipe-agent doctor}. It runs a series of trials that test everything that reading from S3 needs.
 */
@Command(
        name = "pipe-agent doctor",
        description = "Tests everything that reading from S3, or from a compatible store, needs: credentials, region,"
                + " each permission, listing, ranged GETs, checksums, throughput. Prints what is missing, and the"
                + " least IAM policy. Keys of some objects are printed, but no secrets.",
        footer = {
            "",
            "Exit codes: 0 nothing is missing; 1 something is missing, or could not be tested; 2 wrong options."
        },
        sortOptions = false)
final class DoctorCommand implements Callable<Integer> {

    static final String NAME = "doctor";

    private static final int SAMPLE = 16;
    private static final String GET = "s3:GetObject";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "URI", description = "the objects: s3://BUCKET/PREFIX or a URL of S3")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String uri;

    @Mixin
    private final StoreOptions store = new StoreOptions();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "3",
            description = "for how long to read the prefix with 1, with 8 and with 16 GETs at a time; ${DEFAULT-VALUE}"
                    + " each by default; 0: do not test the throughput")
    private int seconds;

    @Option(
            names = "--write",
            description = "also test writing: create and delete an object PREFIX.pipeflux-doctor-..., and begin and"
                    + " abort a multipart upload")
    private boolean write;

    @Option(names = "--help", usageHelp = true, description = "print this help")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    private DoctorCommand() {}

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return Subcommand.run(NAME, new DoctorCommand(), out, err, args);
    }

    @Override
    public Integer call() {
        if (seconds < 0) {
            throw new InputException("expected --seconds >= 0, but got " + seconds);
        }
        S3Uri place;
        try {
            place = S3Uri.parse(uri);
        } catch (IllegalArgumentException e) {
            throw new InputException(String.valueOf(e.getMessage()));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(versions());
        Findings findings = new Findings(out);
        ProfileFiles.passedOver(System::getenv, System::getProperty).forEach(line -> findings.note("profile", line));
        SortedSet<String> keys = new TreeSet<>();
        String found = S3Client.ANY_REGION.id();
        Optional<S3AsyncClient> connected = new BucketTrial(
                        place,
                        StoreEndpoint.find(store.endpoint),
                        store.region,
                        in -> S3Client.build(store.endpoint, in),
                        findings)
                .run();
        if (connected.isPresent()) {
            try (S3AsyncClient client = connected.get()) {
                found = client.serviceClientConfiguration().region().id();
                keys.addAll(read(client, place, findings));
                if (write) {
                    new WriteTrial(client, place, findings).run();
                }
            }
        } else {
            List.of("s3:ListBucket", GET).forEach(action -> findings.untried(action, "no request can succeed"));
        }
        List<String> bad = findings.bad();
        out.println();
        out.println(
                bad.isEmpty()
                        ? "Nothing is missing for " + (write ? "reading and writing." : "reading.")
                        : "Missing, or not known: " + String.join(", ", bad) + ".");
        out.println();
        if (ListingTrial.isDirectoryBucket(place)) {
            out.println("A directory bucket needs s3express:CreateSession for the whole bucket, and nothing else.");
        } else {
            out.println("The least IAM policy for this prefix:");
            out.println(new LeastPolicy(place.bucket(), place.prefix(), found, write, keys).json());
        }
        out.flush();
        return bad.isEmpty() ? Subcommand.DONE : Subcommand.DATA_FAILED;
    }

    /** Tests listing and reading. Returns the ARNs of the KMS keys with which the objects are encrypted. */
    private SortedSet<String> read(S3AsyncClient client, S3Uri place, Findings findings) {
        ListingTrial listing = new ListingTrial(client, place, findings);
        boolean listed = listing.run();
        Optional<S3Object> smallest = listing.smallest();
        boolean isKey = !listed && !place.prefix().isEmpty() && !place.prefix().endsWith("/");
        if (smallest.isEmpty() && !isKey) {
            findings.untried(GET, "no object is known that can be read; the URI of one can be given");
            return new TreeSet<>();
        }
        S3Uri object =
                smallest.map(found -> new S3Uri(place.bucket(), found.key())).orElse(place);
        ObjectTrial trial = new ObjectTrial(client, object, findings);
        boolean read = trial.run(
                smallest.map(S3Object::size).orElse(null),
                smallest.map(S3Object::eTag).orElse(null));
        if (read && smallest.isPresent()) {
            ChecksumTrial.run(client, place.bucket(), listing.sample(SAMPLE), findings);
        }
        if (read && listed && seconds > 0) {
            new ThroughputTrial(client, uri, Duration.ofSeconds(seconds), findings).run();
        }
        return trial.keys();
    }

    private static String versions() {
        Runtime runtime = Runtime.getRuntime();
        return ProgramVersion.line() + ", " + runtime.availableProcessors() + " processors, heap of "
                + (runtime.maxMemory() >> 20) + " MiB";
    }
}
