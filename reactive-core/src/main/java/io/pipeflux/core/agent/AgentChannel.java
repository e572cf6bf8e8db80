package io.pipeflux.core.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** What a {@link PipeAgent} writes into one channel's pipes. Immutable: each setter returns a new channel. */
public final class AgentChannel {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** What a trainer is told about a channel beside its name. */
    record Description(@Nullable String contentType, boolean sharded, boolean wrapped) {}

    private final String name;
    private final Flux<ObjectBytes> objects;
    private final Function<ObjectBytes, Flux<ByteBuffer>> form;
    private final Description description;
    private final @Nullable PipelineMonitor monitor;
    private final @Nullable LongFunction<String> content; // of an epoch

    private AgentChannel(
            String name,
            Flux<ObjectBytes> objects,
            Function<ObjectBytes, Flux<ByteBuffer>> form,
            Description description,
            @Nullable PipelineMonitor monitor,
            @Nullable LongFunction<String> content) {
        this.name = name;
        this.objects = objects;
        this.form = form;
        this.description = description;
        this.monitor = monitor;
        this.content = content;
    }

    /**
     * A channel of objects, written as they are.
     *
     * @param name 1 to 64 of {@code A-Z a-z 0-9 . _ -}, not {@code .} or {@code ..}
     * @param objects one epoch, such as {@link io.pipeflux.core.channel.DirectoryChannel#objects()} or an S3 channel's;
     *     subscribed to once per epoch, with the epoch as the Context's {@link io.pipeflux.core.Pass}, when a reader has
     *     opened the pipe
     */
    public static AgentChannel of(String name, Flux<ObjectBytes> objects) {
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException(
                    "a channel name of 1 to 64 characters A-Z a-z 0-9 . _ - required but it was '" + name + "'");
        }
        return new AgentChannel(
                name,
                Objects.requireNonNull(objects, "objects"),
                ObjectBytes::bytes,
                new Description(null, false, false),
                null,
                null);
    }

    /**
     * The form in which an object's bytes are written, such as inflated or wrapped as a record. Defaults to
     * {@link ObjectBytes#bytes()}. The buffers it gives are left as they are, see the
     * {@linkplain io.pipeflux.core contract of bytes}.
     */
    public AgentChannel form(Function<ObjectBytes, Flux<ByteBuffer>> form) {
        return new AgentChannel(name, objects, Objects.requireNonNull(form, "form"), description, monitor, content);
    }

    /** The {@code ContentType} that the trainer finds in its configuration. Defaults to none. */
    public AgentChannel contentType(String contentType) {
        Objects.requireNonNull(contentType, "contentType");
        return described(new Description(contentType, description.sharded, description.wrapped));
    }

    /**
     * Whether the trainer finds {@code ShardedByS3Key} as the channel's {@code S3DistributionType}, or
     * {@code FullyReplicated}. Defaults to false. Only says so: the objects given are those of this host.
     */
    public AgentChannel sharded(boolean sharded) {
        return described(new Description(description.contentType, sharded, description.wrapped));
    }

    /**
     * Whether the trainer finds {@code RecordIO} as the channel's {@code RecordWrapperType}, or {@code None}. Defaults
     * to false. Only says so: {@link #form} wraps.
     */
    public AgentChannel wrapped(boolean wrapped) {
        return described(new Description(description.contentType, description.sharded, wrapped));
    }

    private AgentChannel described(Description description) {
        return new AgentChannel(name, objects, form, description, monitor, content);
    }

    /**
     * Watches the channel: its epoch, what flows, and what it waits for. Defaults to a monitor of the channel's own.
     */
    public AgentChannel monitor(PipelineMonitor monitor) {
        return new AgentChannel(name, objects, form, description, Objects.requireNonNull(monitor, "monitor"), content);
    }

    /**
     * What the channel streams, in words of the caller's own that change whenever other bytes would come at the same
     * place of an epoch: the source, the seed of its shuffle, the host's share, compression and wrapping. The pipes'
     * reports carry a hash of it, the same in every epoch and after a restart of the agent; a reader that resumes
     * within a pipe refuses to go on in another content. Defaults to none: the reader then cannot know.
     *
     * <p>Only for a channel whose epochs have the same bytes. One that is shuffled anew in each epoch needs
     * {@link #content(LongFunction)}: with one description for all epochs, a reader that resumes in the pipe of another
     * epoch, as after a restart of the agent, continues in another order: it reads some records twice and others never.
     */
    public AgentChannel content(String description) {
        String hash = hash(Objects.requireNonNull(description, "description"));
        return new AgentChannel(name, objects, form, this.description, monitor, epoch -> hash);
    }

    /**
     * What the channel streams in an epoch, where epochs have other bytes at the same place, such as shuffled ones: as
     * {@link #content(String)}. A reader that resumes in a pipe of another epoch then refuses it, as after a restart of
     * the agent, whose pipes begin with epoch 0 again.
     *
     * @param descriptionOfEpoch is given the index of the pipe
     */
    public AgentChannel content(LongFunction<String> descriptionOfEpoch) {
        Objects.requireNonNull(descriptionOfEpoch, "descriptionOfEpoch");
        return new AgentChannel(
                name, objects, form, this.description, monitor, epoch -> hash(descriptionOfEpoch.apply(epoch)));
    }

    /** The first 64 bits of a SHA-256, in 16 hexadecimal digits. */
    private static String hash(String description) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(description.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, Long.BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    String name() {
        return name;
    }

    Flux<ObjectBytes> objects() {
        return objects;
    }

    Function<ObjectBytes, Flux<ByteBuffer>> form() {
        return form;
    }

    Description description() {
        return description;
    }

    /** The hash of an epoch's content, or null if it was not described. */
    @Nullable
    String contentHash(long epoch) {
        return content == null ? null : content.apply(epoch);
    }

    /** The monitor given, or a new one. */
    PipelineMonitor newMonitor() {
        return monitor == null ? PipelineMonitor.create(name) : monitor;
    }

    @Override
    public String toString() {
        return "AgentChannel[" + name + "]";
    }
}
