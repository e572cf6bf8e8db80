package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.ByteText;
import io.pipeflux.records.DetectedFormat;
import io.pipeflux.records.Formats;
import io.pipeflux.records.recordio.Dialect;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.Checksums;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The subcommand {@code pipe-agent verify}, which reads every byte of a channel and verifies every checksum. */
@Command(
        name = "pipe-agent verify",
        description = "Reads all objects to their ends. Verifies the store's checksums, decodes every record, which"
                + " verifies the checksums of TFRecord and GZIP, and prints one line per object.",
        footer = {"", "Exit codes: 0 all objects are good; 1 an object is bad, or could not be read; 2 wrong options."},
        sortOptions = false)
final class VerifyCommand implements Callable<Integer> {

    static final String NAME = "verify";

    /** The maximum number of objects to read in order to detect the record format. */
    private static final int LOOKED_AT = 16;

    private static final double NANOS = 1e9;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            paramLabel = "URI",
            description = "the objects, or their manifest: s3://BUCKET/PREFIX, a URL of S3 or file:PATH")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String uri;

    @Option(
            names = "--data-type",
            description = "what the URI names: S3Prefix, the default: objects; ManifestFile: a manifest of objects")
    private Kind dataType = Kind.S3Prefix;

    @Option(
            names = "--record-format",
            description = "the format of the records: ${COMPLETION-CANDIDATES}; auto, the default, detects it from the"
                    + " first objects with content; none: objects are read without decoding them")
    private Framing framing = Framing.auto;

    @Option(
            names = "--compression",
            description = "the compression of the objects, if --record-format is not auto: ${COMPLETION-CANDIDATES}")
    private AgentOptions.ChannelCompression compression = AgentOptions.ChannelCompression.none;

    @Option(
            names = "--require-checksums",
            description = "an object without a checksum in the store, or with one that cannot be verified, is bad, too")
    private boolean requireChecksums;

    @Option(
            names = "--retries",
            paramLabel = "N",
            defaultValue = "10",
            description = "how many times a part of an object is requested again if it does not arrive, or if its"
                    + " checksum is wrong; ${DEFAULT-VALUE} by default")
    private int retries;

    @Option(
            names = "--manifest",
            paramLabel = "FILE",
            description = "write a manifest of the good objects, in the format of SageMaker's ManifestFile")
    private @Nullable Path manifest;

    @Option(names = "--report", paramLabel = "FILE", description = "write one line of JSON per object")
    private @Nullable Path report;

    @Mixin
    private final StoreOptions store = new StoreOptions();

    @Option(names = "--help", usageHelp = true, description = "print this help")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    enum Framing {
        auto,
        tfrecord,
        recordio,
        recordio_dmlc,
        lines,
        none
    }

    private final Totals totals = new Totals();

    private VerifyCommand() {}

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return Subcommand.run(NAME, new VerifyCommand(), out, err, args);
    }

    @Override
    public Integer call() throws IOException {
        if (dataType == Kind.AugmentedManifestFile) {
            throw new InputException("expected --data-type S3Prefix or ManifestFile, but got " + dataType
                    + ", whose lines are not objects alone");
        }
        ChannelSpec channel =
                new ChannelSpec(NAME, dataType, uri, List.of(), List.of(), false, false, Compression.NONE, null, null);
        if (manifest != null && channel.isFile()) {
            throw new InputException("expected objects of S3 with --manifest, but got " + uri);
        }
        if (requireChecksums && channel.isFile()) {
            throw new InputException("expected objects of S3 with --require-checksums, but got " + uri);
        }
        boolean framed = framing != Framing.auto && framing != Framing.none;
        if (compression != AgentOptions.ChannelCompression.none && !framed) {
            throw new InputException("expected a --record-format with --compression, but got " + framing);
        }
        if (retries < 0) {
            throw new InputException("expected --retries >= 0, but got " + retries);
        }
        S3ReadOptions options = S3ReadOptions.defaults()
                .retries(retries)
                .checksums(requireChecksums ? Checksums.REQUIRE : Checksums.ALL);
        ChannelSource source = new ChannelSource(channel, null, store.client(), options);
        Flux<ObjectBytes> objects = source.objects();
        PrintWriter out = spec.commandLine().getOut();
        try (VerifyFiles files = new VerifyFiles(report, manifest)) {
            ObjectVerifier verifier = new ObjectVerifier(source.prefix(), format(objects, source.prefix(), out));
            long start = System.nanoTime();
            verifier.verify(objects)
                    .doOnNext(object -> {
                        out.println(object.line());
                        out.flush();
                        totals.add(object);
                        files.add(object);
                    })
                    .blockLast();
            long listed = files.finish();
            out.println();
            out.println(totals.line((System.nanoTime() - start) / NANOS));
            if (manifest != null) {
                out.println(
                        listed == 0
                                ? "No manifest was written, because no object is good."
                                : "The manifest has " + listed + " objects.");
            }
            out.flush();
        }
        return totals.bad == 0 ? Subcommand.DONE : Subcommand.DATA_FAILED;
    }

    /** Returns the format of the records, or null to verify only the bytes. */
    private @Nullable FrameFormat<RawRecord> format(Flux<ObjectBytes> objects, String prefix, PrintWriter out) {
        Compression inflate = switch (compression) {
            case none -> Compression.NONE;
            case gzip -> Compression.GZIP;
            case zstd -> Compression.ZSTD;
        };
        return switch (framing) {
            case none -> null;
            case tfrecord -> TfRecords.format().compression(inflate);
            case recordio -> RecordIo.format().compression(inflate);
            case recordio_dmlc -> RecordIo.format(Dialect.DMLC).compression(inflate);
            case lines -> TextLines.format().compression(inflate);
            case auto -> detected(objects, prefix, out);
        };
    }

    private static @Nullable FrameFormat<RawRecord> detected(
            Flux<ObjectBytes> objects, String prefix, PrintWriter out) {
        AtomicReference<@Nullable PipefluxException> unknown = new AtomicReference<>();
        DetectedFormat found = objects.transform(Formats.dataObjects(prefix))
                .take(LOOKED_AT)
                .concatMap(
                        object -> Formats.detect(Flux.just(object)).onErrorResume(PipefluxException.class, e -> {
                            // continue with the next object, because perhaps only this object is corrupt
                            unknown.compareAndSet(null, e);
                            return Mono.empty();
                        }),
                        0)
                .blockFirst();
        PipefluxException first = unknown.get();
        if (found == null && first != null) {
            throw first;
        }
        if (found == null) {
            out.println("format none: no object has content");
            return null;
        }
        out.println(Printable.line(
                "format " + found.kind() + ", compression " + found.compression() + ": " + found.reason()));
        return found.format();
    }

    /** The totals of all objects. */
    private static final class Totals {

        private long objects;
        private long records;
        private long bytes;
        private long verified;
        private long bad;

        void add(VerifiedObject object) {
            objects++;
            records += object.records() == null ? 0 : object.records();
            bytes += object.bytes();
            verified += object.verified() ? 1 : 0;
            bad += object.isGood() ? 0 : 1;
        }

        String line(double seconds) {
            return String.format(
                    Locale.ROOT,
                    "%,d objects, %,d records, %s in %.1f s (%s/s); %,d objects were compared with the"
                            + " store's checksums; %s",
                    objects,
                    records,
                    ByteText.of(bytes),
                    seconds,
                    ByteText.of(bytes / seconds),
                    verified,
                    bad == 0 ? "all are good." : String.format(Locale.ROOT, "%,d are BAD.", bad));
        }
    }
}
