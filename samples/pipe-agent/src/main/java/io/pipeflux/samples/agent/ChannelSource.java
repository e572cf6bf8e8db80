package io.pipeflux.samples.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ChannelSplit;
import io.pipeflux.core.channel.DirectoryChannel;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.s3.LocalManifestChannel;
import io.pipeflux.s3.S3Channel;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3ReadOptions;
import io.pipeflux.s3.S3Uri;
import io.pipeflux.samples.agent.ChannelSpec.Kind;
import io.pipeflux.samples.agent.Hosts.Share;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The objects of a channel, and the form in which they are written to its pipes. */
final class ChannelSource {

    private static final int INFLATED_IN_MEMORY = 16 << 20;

    private final ChannelSpec spec;
    private final @Nullable Share share;
    private final S3Client client;
    private final S3ReadOptions reads;
    private final @Nullable CacheOption cache;

    ChannelSource(ChannelSpec spec, @Nullable Share share, S3Client client, S3ReadOptions reads) {
        this(spec, share, client, reads, null);
    }

    /**
     * @param share the share of the objects that this host reads, or null for all objects
     * @param cache the cache of S3 objects, or null for no cache
     */
    ChannelSource(
            ChannelSpec spec,
            @Nullable Share share,
            S3Client client,
            S3ReadOptions reads,
            @Nullable CacheOption cache) {
        if (spec.sharded() && share == null) {
            throw new InputException(
                    "channel " + spec.name() + " is ShardedByS3Key: expected --shard auto or i/n, but got none");
        }
        if (spec.sharded() && isByBytes(share) && spec.kind() != Kind.S3Prefix) {
            throw new InputException("channel " + spec.name() + ": expected --shard-by count with a " + spec.kind()
                    + ", which states no sizes, but got bytes");
        }
        this.spec = spec;
        this.share = spec.sharded() ? share : null;
        this.client = client;
        this.reads = reads;
        this.cache = cache;
    }

    private static boolean isByBytes(@Nullable Share share) {
        return share != null && share.by() == ShareBy.bytes;
    }

    /** Returns the objects of an epoch. */
    Flux<ObjectBytes> objects() {
        if (spec.isFile() && spec.kind() == Kind.AugmentedManifestFile) {
            return manifest().objects();
        }
        return spec.isFile()
                ? directory().objects()
                : client.get().flatMapMany(s3 -> channel(s3).objects());
    }

    /** Returns how the channel's objects would be divided among the given number of hosts in the first epoch. */
    Mono<ChannelSplit> split(int hosts, boolean byBytes) {
        if (spec.isFile()) {
            DirectoryChannel all = directory();
            return (byBytes ? all.shardByBytes(hosts, 0) : all.shard(hosts, 0)).split();
        }
        return client.get()
                .map(this::channel)
                .flatMap(all -> (byBytes ? all.shardByBytes(hosts, 0) : all.shard(hosts, 0)).split());
    }

    /** Returns whether this host reads only a share of the channel's objects. */
    boolean isShare() {
        return share != null;
    }

    /**
     * Returns the URI of the channel: the common prefix of the objects' keys or, if a manifest lists the objects, the
     * manifest's URI.
     */
    String prefix() {
        return spec.isFile()
                ? "file://" + spec.path().toAbsolutePath().normalize()
                : S3Uri.parse(spec.uri()).toString();
    }

    /**
     * Describes the content of an epoch's pipe. The text includes the order of the objects, because this order differs
     * between shuffled epochs. Each pipe's report contains a hash of this text, so if a new version of the agent
     * changes the text's format, readers reject the resume points of earlier versions.
     */
    String content(long epoch) {
        return "uri=" + spec.uri() + " kind=" + spec.kind() + " attributes=" + spec.attributes() + " seed="
                + spec.shuffleSeed() + " share=" + (share == null ? "all" : share.index() + "/" + share.count())
                + (isByBytes(share) ? " by=bytes" : "")
                + " gzip=" + (spec.compression() == Compression.GZIP) + " wrapped=" + spec.wrapped()
                + (spec.compression() == Compression.ZSTD ? " zstd" : "")
                + (spec.shuffleSeed() == null ? "" : " epoch=" + epoch);
    }

    private DirectoryChannel directory() {
        DirectoryChannel channel = DirectoryChannel.of(spec.path());
        channel = spec.shuffleSeed() == null ? channel : channel.shuffle(spec.shuffleSeed());
        if (share != null && share.by() == ShareBy.bytes) {
            return channel.shardByBytes(share.count(), share.index());
        }
        return share == null ? channel : channel.shard(share.count(), share.index());
    }

    private LocalManifestChannel manifest() {
        LocalManifestChannel channel = LocalManifestChannel.of(spec.path(), spec.attributes());
        channel = spec.shuffleSeed() == null ? channel : channel.shuffle(spec.shuffleSeed());
        return share == null ? channel : channel.shard(share.count(), share.index());
    }

    private S3Channel channel(S3AsyncClient s3) {
        S3Channel channel = switch (spec.kind()) {
            case S3Prefix -> S3Channels.prefix(s3, spec.uri(), reads);
            case ManifestFile -> S3Channels.manifest(s3, spec.uri(), reads);
            case AugmentedManifestFile -> S3Channels.augmentedManifest(s3, spec.uri(), spec.attributes(), reads);
        };
        channel = spec.shuffleSeed() == null ? channel : channel.shuffle(spec.shuffleSeed());
        channel = cache == null ? channel : channel.cachedIn(cache.directory(), cache.bytes());
        if (share != null && share.by() == ShareBy.bytes) {
            return channel.shardByBytes(share.count(), share.index());
        }
        return share == null ? channel : channel.shard(share.count(), share.index());
    }

    /**
     * Returns a function that takes an object and returns the bytes to write: the object's bytes unchanged,
     * decompressed, wrapped, or both decompressed and wrapped.
     */
    Function<ObjectBytes, Flux<ByteBuffer>> form() {
        Compression compression = spec.compression();
        boolean plain = compression == Compression.NONE;
        if (!spec.wrapped()) {
            return plain ? ObjectBytes::bytes : compression.inflateObject();
        }
        Function<ObjectBytes, Flux<ByteBuffer>> wrap = RecordIo.wrap();
        return plain
                ? wrap
                : object ->
                        compression.inflated(INFLATED_IN_MEMORY).apply(object).flatMapMany(wrap);
    }
}
