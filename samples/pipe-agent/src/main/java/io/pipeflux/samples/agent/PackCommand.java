package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.Formats;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.DatasetWriter;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.s3.S3Uri;
import io.pipeflux.s3.S3Writer;
import io.pipeflux.s3.WrittenDataset;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Flux;

/** The subcommand {@code pipe-agent pack}, which writes records as objects of about the same size, with a manifest. */
@Command(
        name = "pipe-agent pack",
        description = "Writes the records of a channel as objects of about the same size to S3, with a manifest beside"
                + " their folder. No object is visible before all records are in the store.",
        footer = {"", "Exit codes: 0 done; 1 the data could not be read or written; 2 wrong options, or no records."},
        sortOptions = false)
final class PackCommand implements Callable<Integer> {

    static final String NAME = "pack";

    private static final long MIB = 1 << 20;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "FROM",
            description = "the objects: s3://BUCKET/PREFIX, a URL of S3 or file:PATH; their format is detected")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String from;

    @Parameters(index = "1", paramLabel = "TO", description = "s3://BUCKET/FOLDER, which must be empty")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String to;

    @Option(
            names = "--as",
            paramLabel = "F",
            defaultValue = "tfrecord",
            description = "the format to write: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Target as;

    @Option(
            names = "--whole-objects",
            description = "each source object is one record, such as an image. By default the records in it are read")
    private boolean wholeObjects;

    @Option(
            names = "--object-mib",
            paramLabel = "N",
            defaultValue = "128",
            description = "the approximate size of the written objects in MiB; ${DEFAULT-VALUE} by default")
    private int objectMib;

    @Option(names = "--shuffle", paramLabel = "SEED", description = "read the objects in an order shuffled by SEED")
    private @Nullable Long shuffle;

    @Option(
            names = "--index",
            paramLabel = "N",
            description = "write an index of every n-th record of a TFRecord object, beside the folder")
    private @Nullable Integer index;

    @Mixin
    private final StoreOptions store = new StoreOptions();

    @Option(names = "--help", usageHelp = true, description = "print this help")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    enum Target {
        tfrecord,
        recordio,
        lines;

        Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder() {
            return switch (this) {
                case tfrecord -> TfRecords.encode();
                case recordio -> RecordIo.encode();
                case lines -> TextLines.encode();
            };
        }

        String suffix() {
            return switch (this) {
                case tfrecord -> ".tfrecord";
                case recordio -> ".rec";
                case lines -> ".txt";
            };
        }
    }

    private PackCommand() {}

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return Subcommand.run(NAME, new PackCommand(), out, err, args);
    }

    @Override
    public Integer call() {
        check();
        S3Client client = store.client();
        ChannelSpec channel = new ChannelSpec(
                NAME, Kind.S3Prefix, from, List.of(), List.of(), false, false, Compression.NONE, shuffle, null);
        ChannelSource source = new ChannelSource(channel, null, client, S3ReadOptions.defaults());
        Flux<ObjectBytes> objects = source.objects().transform(Formats.dataObjects(source.prefix()));
        Flux<ByteBuffer> payloads = payloads(objects)
                .switchIfEmpty(Flux.error(
                        () -> new InputException("expected records in " + Printable.line(from) + ", but got none")));
        WrittenDataset written = client.get()
                .flatMap(s3 -> dataset(S3Writer.of(s3)).write(payloads))
                .block();
        if (written == null) {
            throw new IllegalStateException("expected a dataset, but got none");
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(Printable.line(String.format(
                Locale.ROOT,
                "%,d records in %,d objects, %,d bytes: %s",
                written.records(),
                written.objects().size(),
                written.size(),
                written.manifest())));
        out.flush();
        return Subcommand.DONE;
    }

    private void check() {
        if (objectMib < 1) {
            throw new InputException("expected --object-mib >= 1, but got " + objectMib);
        }
        if (index != null && (index < 1 || as != Target.tfrecord)) {
            throw new InputException("expected --index >= 1, and --as tfrecord, but got " + index + " and " + as);
        }
        try {
            S3Uri.parse(to);
        } catch (IllegalArgumentException e) {
            throw new InputException(String.valueOf(e.getMessage()));
        }
    }

    private DatasetWriter<ByteBuffer> dataset(S3Writer writer) {
        DatasetWriter<ByteBuffer> dataset = DatasetWriter.of(writer, to, as.encoder())
                .objectBytes(objectMib * MIB)
                .suffix(as.suffix());
        return index == null ? dataset : dataset.index(index, TfRecords::encodedBytes);
    }

    private Flux<ByteBuffer> payloads(Flux<ObjectBytes> objects) {
        Flux<RawRecord> records = wholeObjects
                ? objects.concatMap(RecordIo.wrap(), 0).transform(RecordIo.decode())
                : Formats.detect(objects)
                        .flatMapMany(found -> objects.transform(found.format().decodeObjects()));
        return records.map(RawRecord::bytes);
    }
}
