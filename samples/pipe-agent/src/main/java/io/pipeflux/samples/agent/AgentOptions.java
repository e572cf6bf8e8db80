package io.pipeflux.samples.agent;

import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.s3.Checksums;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The program's options. This class checks the options, and derives the settings that depend on several of them. */
final class AgentOptions {

    @Option(
            names = "--channel",
            paramLabel = "NAME=URI",
            description = "a channel and its objects: s3://BUCKET/PREFIX, a URL of S3 or file:PATH; may be repeated")
    List<String> channels = List.of();

    @Option(
            names = "--input-data-config",
            paramLabel = "FILE",
            description = "channels as JSON, in the format of CreateTrainingJob's InputDataConfig")
    @Nullable
    Path inputDataConfig;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            required = true,
            description = "the directory in which input/config and input/data are created, such as /opt/ml in a"
                    + " training container")
    @SuppressWarnings("NullAway.Init") // set by picocli
    Path directory;

    @Option(
            names = "--pipe-mode",
            paramLabel = "0600|0640|0660",
            defaultValue = "0600",
            description = "the users who may use the pipes and the trainer's configuration: 0600, the default: only"
                    + " this user; 0640: also a group, for reading; 0660: the group may also write to pipes")
    @SuppressWarnings("NullAway.Init") // set by picocli
    String pipeMode;

    @Option(
            names = "--pipe-group",
            paramLabel = "GROUP",
            description = "the name or number of the group of --pipe-mode; this user must be a member. By default the"
                    + " group of a set-gid directory, otherwise that of this process")
    @Nullable
    String pipeGroup;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "the number of passes over each channel; by default unlimited")
    @Nullable
    Integer epochs;

    @Option(
            names = "--shuffle-seed",
            paramLabel = "SEED",
            description = "shuffle the objects of the --channel channels, in another order in every epoch")
    @Nullable
    Long shuffleSeed;

    @Option(
            names = "--shard",
            paramLabel = "auto|I/N",
            description = "read only share I of N of the objects, counted from 0. For --channel channels and channels"
                    + " with ShardedByS3Key. auto: the shares follow from --hosts, or from the directory's"
                    + " resourceconfig.json")
    @Nullable
    String shard;

    @Option(
            names = "--shard-by",
            paramLabel = "count|bytes",
            defaultValue = "count",
            description = "share objects by their number or by their sizes; ${DEFAULT-VALUE} by default, as with"
                    + " SageMaker's ShardedByS3Key. With bytes, the channel must be a prefix or a directory, because a"
                    + " manifest states no sizes. The command split shows the shares")
    @SuppressWarnings("NullAway.Init") // set by picocli
    ShareBy shardBy;

    @Option(
            names = "--hosts",
            paramLabel = "HOST",
            split = ",",
            description = "the hosts of the job, which are written to resourceconfig.json for the trainers")
    List<String> hosts = List.of();

    @Option(names = "--current-host", paramLabel = "HOST", description = "the name of this host in --hosts")
    @Nullable
    String currentHost;

    @Option(
            names = "--record-wrapper",
            paramLabel = "none|recordio",
            description =
                    "none, the default; recordio: each object of the --channel channels becomes a RecordIO" + " record")
    Wrapper wrapper = Wrapper.none;

    @Option(
            names = "--compression",
            paramLabel = "none|gzip|zstd",
            description = "the compression of the objects of the --channel channels, which are decompressed; none by"
                    + " default")
    ChannelCompression compression = ChannelCompression.none;

    @Option(
            names = "--hyperparameter",
            paramLabel = "NAME=VALUE",
            description = "an entry of hyperparameters.json; may be repeated")
    Map<String, String> hyperparameters = Map.of();

    @Mixin
    final StoreOptions store = new StoreOptions();

    @Option(
            names = "--cache-directory",
            paramLabel = "DIR",
            description = "store objects of S3 in this directory in the first epoch, and read them from there in later"
                    + " epochs")
    @Nullable
    Path cacheDirectory;

    @Option(
            names = "--cache-bytes",
            paramLabel = "N[KiB|MiB|GiB|TiB]",
            description = "the maximum size of --cache-directory, such as 50GiB")
    @Nullable
    String cacheBytes;

    @Option(
            names = "--emit",
            paramLabel = "bytes|arrow",
            description = "bytes, the default: write the objects' bytes to the pipes; arrow: write batches of their"
                    + " records as Arrow streams")
    Emit emit = Emit.bytes;

    @Option(names = "--schema", paramLabel = "FILE", description = "the records' schema as JSON, for --emit arrow")
    @Nullable
    Path schema;

    @Option(
            names = "--record-format",
            description = "the format of the records, for --emit arrow: ${COMPLETION-CANDIDATES}; auto, the default,"
                    + " detects it from the first object with content, and leaves out hidden objects, whose names"
                    + " begin with _ or .")
    FormatOption recordFormat = FormatOption.auto;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "64",
            description = "the number of rows of a batch, for --emit arrow; ${DEFAULT-VALUE} by default")
    int batchSize;

    @Option(
            names = "--remainder",
            paramLabel = "keep|drop|pad",
            description = "the handling of an epoch's last rows if they do not fill a batch, for --emit arrow: keep,"
                    + " the default: write a smaller batch; drop: leave them out; pad: fill the batch with rows of"
                    + " padding")
    Remaining remainder = Remaining.keep;

    @Option(
            names = "--shuffle-records",
            paramLabel = "BLOCK",
            description =
                    "shuffle consecutive blocks of BLOCK records, in another order in every epoch, for --emit arrow;"
                            + " the seed is that of the channel, or 0")
    @Nullable
    Integer shuffleRecords;

    @Option(
            names = "--max-bad-records",
            paramLabel = "N",
            defaultValue = "0",
            description = "the maximum number of records that an epoch of a channel skips because they are corrupt or"
                    + " do not parse, for --emit arrow; with 0, the default, the first of them ends the run")
    long maxBadRecords;

    @Option(
            names = "--max-bad-in-a-row",
            paramLabel = "N",
            description = "the maximum number of bad records without a good one between them; by default that of"
                    + " --max-bad-records")
    @Nullable
    Integer maxBadInARow;

    @Option(
            names = "--max-bad-share",
            paramLabel = "SHARE",
            defaultValue = "1",
            description = "the maximum share of bad records, such as 0.01, among those read, or among 1000 if fewer"
                    + " were read; 1, the default, means no limit")
    double maxBadShare;

    @Option(
            names = "--bad-records-to",
            paramLabel = "FILE",
            description = "a file to which bad records are appended, one line of JSON each: channel, position, cause"
                    + " and bytes")
    @Nullable
    Path badRecordsTo;

    @Option(
            names = "--checksums",
            paramLabel = "require|all|when_available|off",
            description = "whether objects of S3 are compared with the checksums that it stores: when_available, the"
                    + " default: if they have one that costs little; all: also if it costs more; require: an object"
                    + " without a checksum is an error; off: never")
    ChecksumPolicy checksums = ChecksumPolicy.when_available;

    @Option(
            names = "--retry-for",
            paramLabel = "N[s|m|h]",
            converter = TimeOption.class,
            defaultValue = "0s",
            description = "how long S3 may be away, such as 5m: until then, requests that get no answer, or a status"
                    + " such as 503, are sent again. N alone is in seconds. ${DEFAULT-VALUE}, the default: only 10"
                    + " times, which takes some 5 to 13 s for objects and 1 s for listings")
    @SuppressWarnings("NullAway.Init") // set by picocli
    Duration retryFor;

    @Option(
            names = "--metrics-port",
            paramLabel = "PORT",
            description = "serve /metrics for Prometheus and /health at this port; 0 chooses a free port")
    @Nullable
    Integer metricsPort;

    @Option(
            names = "--metrics-address",
            paramLabel = "ADDRESS",
            description = "the address to listen at for --metrics-port; 0.0.0.0 means all addresses. By default only"
                    + " processes of this host can connect")
    @Nullable
    String metricsAddress;

    @Option(
            names = "--log-every",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "the interval at which progress is printed if the output is not a terminal;"
                    + " ${DEFAULT-VALUE} by default; 0: no such lines, only those about epochs and channels that have"
                    + " ended")
    int logEvery;

    enum Wrapper {
        none,
        recordio
    }

    enum ChannelCompression {
        none,
        gzip,
        zstd
    }

    enum Remaining {
        keep,
        drop,
        pad
    }

    /** The values of {@link Checksums}, with the names that the option {@code --checksums} accepts. */
    enum ChecksumPolicy {
        require,
        all,
        when_available,
        off
    }

    enum Emit {
        bytes,
        arrow
    }

    /**
     * Checks each option's value, and the combinations of options.
     *
     * @throws InputException if a value or a combination is invalid
     */
    void check() {
        atLeastOne("--epochs", epochs == null ? 1 : epochs);
        atLeastOne("--batch-size", batchSize);
        atLeastOne("--shuffle-records", shuffleRecords == null ? 1 : shuffleRecords);
        if (logEvery < 0) {
            throw new InputException("expected --log-every >= 0, but got " + logEvery);
        }
        if (channels.isEmpty() && inputDataConfig == null) {
            throw new InputException("expected --channel or --input-data-config, but got neither");
        }
        boolean forChannels = shuffleSeed != null || wrapper != Wrapper.none || compression != ChannelCompression.none;
        if (channels.isEmpty() && forChannels) {
            throw new InputException("--shuffle-seed, --record-wrapper and --compression are for --channel channels;"
                    + " a file of channels sets these itself");
        }
        access();
        cache();
        if (metricsAddress != null && metricsPort == null) {
            throw new InputException("expected --metrics-port with --metrics-address, but got none");
        }
        if ((emit == Emit.arrow) != (schema != null)) {
            throw new InputException("--emit arrow and --schema are required together");
        }
        if (emit == Emit.bytes && (remainder != Remaining.keep || shuffleRecords != null)) {
            throw new InputException("expected --emit arrow with --remainder and --shuffle-records, but got bytes");
        }
        checkBadRecords();
    }

    private void checkBadRecords() {
        if (maxBadRecords < 0) {
            throw new InputException("expected --max-bad-records >= 0, but got " + maxBadRecords);
        }
        atLeastOne("--max-bad-in-a-row", maxBadInARow == null ? 1 : maxBadInARow);
        if (!(maxBadShare > 0 && maxBadShare <= 1)) {
            throw new InputException("expected --max-bad-share > 0 and <= 1, but got " + maxBadShare);
        }
        boolean limited = maxBadInARow != null || maxBadShare < 1 || badRecordsTo != null;
        if (limited && maxBadRecords == 0) {
            throw new InputException(
                    "expected --max-bad-records with --max-bad-in-a-row, --max-bad-share and --bad-records-to, but got"
                            + " none");
        }
        if (emit == Emit.bytes && maxBadRecords > 0) {
            throw new InputException(
                    "expected --emit arrow with --max-bad-records, but got bytes: they are not parsed");
        }
    }

    /** Returns how to handle records that are corrupt or cannot be parsed. */
    BadRecords badRecords() {
        int inARow = (int) Math.min(Integer.MAX_VALUE, Math.max(1, maxBadRecords));
        return new BadRecords(maxBadRecords, maxBadInARow == null ? inARow : maxBadInARow, maxBadShare, badRecordsTo);
    }

    /** Returns the options for reading objects from S3. */
    S3ReadOptions reads() {
        return S3ReadOptions.defaults()
                .checksums(Checksums.valueOf(checksums.name().toUpperCase(Locale.ROOT)))
                .retryFor(retryFor);
    }

    /** Returns the cache of S3 objects, or null if none is used. */
    @Nullable
    CacheOption cache() {
        if ((cacheDirectory == null) != (cacheBytes == null)) {
            throw new InputException("expected --cache-directory and --cache-bytes together, but got only "
                    + (cacheDirectory == null ? "--cache-bytes" : "--cache-directory"));
        }
        return cacheDirectory == null || cacheBytes == null ? null : CacheOption.of(cacheDirectory, cacheBytes);
    }

    /** Returns which users may open the pipes. */
    PipeAccess access() {
        PipeAccess access = switch (pipeMode) {
            case "0600", "600" -> PipeAccess.owner();
            case "0640", "640" -> PipeAccess.groupReads();
            case "0660", "660" -> PipeAccess.groupReadsAndWrites();
            default ->
                throw new InputException("expected 0600, 0640 or 0660 as --pipe-mode, but got '" + pipeMode + "'");
        };
        if (pipeGroup == null) {
            return access;
        }
        if (access == PipeAccess.owner()) {
            throw new InputException("expected --pipe-mode 0640 or 0660 with --pipe-group, but got " + pipeMode);
        }
        return access.group(pipeGroup);
    }

    /** Returns the address at which metrics and health are served, or null if they are not served. */
    @Nullable
    InetSocketAddress metricsAddress() {
        if (metricsPort == null) {
            return null;
        }
        try {
            InetAddress address = metricsAddress == null || metricsAddress.isBlank()
                    ? InetAddress.getLoopbackAddress()
                    : InetAddress.getByName(metricsAddress);
            return new InetSocketAddress(address, metricsPort);
        } catch (UnknownHostException e) {
            throw new InputException("expected an address of this host as --metrics-address, but got '" + metricsAddress
                    + "', which could not be resolved");
        } catch (IllegalArgumentException e) {
            throw new InputException("expected a --metrics-port from 0 to 65535, but got " + metricsPort);
        }
    }

    /** Returns the host name to show in the URLs of metrics and health. */
    String metricsHost() {
        return metricsAddress == null || metricsAddress.isBlank()
                ? "localhost"
                : metricsAddress.contains(":") && !metricsAddress.startsWith("[")
                        ? "[" + metricsAddress + "]"
                        : metricsAddress;
    }

    private static void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new InputException("expected " + option + " >= 1, but got " + value);
        }
    }

    /** Returns the channels from the file, if there is one, followed by the channels from {@code --channel}. */
    List<ChannelSpec> specs(@Nullable InputDataConfigFile file) {
        List<ChannelSpec> specs = new ArrayList<>(file == null ? List.of() : file.channels());
        for (String channel : channels) {
            int equals = channel.indexOf('=');
            if (equals < 1) {
                throw new InputException("expected --channel NAME=URI, but got '" + channel + "'");
            }
            specs.add(new ChannelSpec(
                    channel.substring(0, equals),
                    Kind.S3Prefix,
                    channel.substring(equals + 1),
                    List.of(),
                    List.of(),
                    shard != null,
                    wrapper == Wrapper.recordio,
                    Compression.valueOf(compression.name().toUpperCase(Locale.ROOT)),
                    shuffleSeed,
                    null));
        }
        for (ChannelSpec spec : specs) {
            if (emit == Emit.arrow && spec.wrapped()) {
                throw new InputException("channel " + spec.name()
                        + ": --emit arrow writes batches, so its objects cannot" + " be wrapped as RecordIO");
            }
        }
        return specs;
    }

    /** Returns the hyperparameters from the file and from the options. The options take precedence. */
    Map<String, String> hyperparameters(@Nullable InputDataConfigFile file) {
        Map<String, String> all = new LinkedHashMap<>(file == null ? Map.of() : file.hyperparameters());
        all.putAll(hyperparameters);
        return all;
    }
}
