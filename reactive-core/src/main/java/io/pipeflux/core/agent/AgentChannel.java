package io.pipeflux.core.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.OptionValues;
import io.pipeflux.core.internal.WholeText;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Describes one channel of a {@link PipeAgent}, and the bytes that the agent writes into the channel's pipes. Instances
 * are immutable: each setter returns a new channel.
 */
public final class AgentChannel {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** A channel's settings, which the agent writes into the trainer's configuration. */
    record Description(@Nullable String contentType, boolean sharded, boolean wrapped) {}

    private static final class Values extends OptionValues {

        private String name;
        private Flux<ObjectBytes> objects;
        private Function<ObjectBytes, Flux<ByteBuffer>> form = ObjectBytes::bytes;
        private @Nullable String contentType;
        private boolean sharded;
        private boolean wrapped;
        private @Nullable PipelineMonitor monitor;
        // returns the hash of an epoch's content
        private @Nullable LongFunction<String> content;

        Values(String name, Flux<ObjectBytes> objects) {
            this.name = name;
            this.objects = objects;
        }
    }

    private final Values values;

    private AgentChannel(Values values) {
        this.values = values;
    }

    private AgentChannel with(Consumer<Values> change) {
        return new AgentChannel(OptionValues.changed(values, change));
    }

    /**
     * Returns a channel that writes the bytes of its objects unchanged.
     *
     * @param name 1 to 64 of the characters {@code A-Z a-z 0-9 . _ -}, but neither {@code .} nor {@code ..}
     * @param objects the objects of one epoch, for example those of
     *     {@link io.pipeflux.core.channel.DirectoryChannel#objects()} or of an S3 channel. The agent subscribes to this
     *     Flux once per epoch, after a reader has opened the epoch's pipe. The {@link io.pipeflux.core.Pass} in the
     *     Context contains the index of the epoch
     * @throws IllegalArgumentException if the name is invalid
     */
    public static AgentChannel of(String name, Flux<ObjectBytes> objects) {
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException(
                    "expected a channel name of 1 to 64 characters A-Z a-z 0-9 . _ -, but got " + KeyText.quoted(name));
        }
        return new AgentChannel(new Values(name, Objects.requireNonNull(objects, "objects")));
    }

    /**
     * Sets the function that converts an object to the bytes that the agent writes. For example, the function may
     * inflate the object or wrap the object as a record. Defaults to {@link ObjectBytes#bytes()}. The agent follows the
     * {@linkplain io.pipeflux.core contract of bytes}, so it does not change the buffers that the function returns.
     */
    public AgentChannel form(Function<ObjectBytes, Flux<ByteBuffer>> form) {
        Objects.requireNonNull(form, "form");
        return with(to -> to.form = form);
    }

    /** Sets the channel's {@code ContentType} in the trainer's configuration. Defaults to none. */
    public AgentChannel contentType(String contentType) {
        Objects.requireNonNull(contentType, "contentType");
        return with(to -> to.contentType = contentType);
    }

    /**
     * Sets the channel's {@code S3DistributionType} in the trainer's configuration: {@code ShardedByS3Key} if true,
     * {@code FullyReplicated} if false. Defaults to false. This method does not select objects. If {@code sharded} is
     * true, the channel's objects must already be this host's share.
     */
    public AgentChannel sharded(boolean sharded) {
        return with(to -> to.sharded = sharded);
    }

    /**
     * Sets the channel's {@code RecordWrapperType} in the trainer's configuration: {@code RecordIO} if true,
     * {@code None} if false. Defaults to false. This method does not wrap the objects. To wrap them, use {@link #form}.
     */
    public AgentChannel wrapped(boolean wrapped) {
        return with(to -> to.wrapped = wrapped);
    }

    /**
     * Sets the monitor that observes the channel: its current epoch, the bytes that it writes, and what it waits for.
     * By default, each run creates a monitor with the channel's name.
     */
    public AgentChannel monitor(PipelineMonitor monitor) {
        Objects.requireNonNull(monitor, "monitor");
        return with(to -> to.monitor = monitor);
    }

    /**
     * Names the content of the channel, so that a reader that resumes within a pipe can detect that the content has
     * changed. The description is any text that changes whenever the bytes of an epoch change. It should contain the
     * source, the seed of the shuffle, the host's share, the compression and the wrapping. The agent writes a hash of
     * the description into the report of each pipe. This hash is the same in every epoch and after a restart of the
     * agent. A reader refuses to resume in a pipe whose hash differs from the one that was reported when the resume
     * point was taken. By default, there is no description, so a reader cannot detect a change.
     *
     * <p>Use this method only if all epochs have the same bytes. A channel that is shuffled differently in each epoch
     * needs {@link #content(LongFunction)}. After a restart of the agent, a reader may resume in the pipe of a
     * different epoch. With one description for all epochs, the reader would not detect this. It would continue in a
     * different order, read some records twice, and never read others.
     */
    public AgentChannel content(String description) {
        String hash = hash(Objects.requireNonNull(description, "description"));
        return with(to -> to.content = epoch -> hash);
    }

    /**
     * Names the content of each epoch, as {@link #content(String)} does for all epochs together. Use this method if the
     * epochs have different bytes, for example because they are shuffled. A restarted agent begins with epoch 0 again,
     * so a reader may resume in the pipe of a different epoch. With this method, the reader refuses that pipe.
     *
     * @param descriptionOfEpoch returns the description of an epoch, given the index of the epoch's pipe
     */
    public AgentChannel content(LongFunction<String> descriptionOfEpoch) {
        Objects.requireNonNull(descriptionOfEpoch, "descriptionOfEpoch");
        return with(to -> to.content = epoch -> hash(descriptionOfEpoch.apply(epoch)));
    }

    /** Returns the first 64 bits of the text's SHA-256, as 16 hexadecimal digits. */
    private static String hash(String description) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(WholeText.utf8("description", description));
            return HexFormat.of().formatHex(hash, 0, Long.BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    String name() {
        return values.name;
    }

    Flux<ObjectBytes> objects() {
        return values.objects;
    }

    Function<ObjectBytes, Flux<ByteBuffer>> form() {
        return values.form;
    }

    Description description() {
        return new Description(values.contentType, values.sharded, values.wrapped);
    }

    /** Returns the hash of an epoch's content, or null if the content was not described. */
    @Nullable
    String contentHash(long epoch) {
        LongFunction<String> content = values.content;
        return content == null ? null : content.apply(epoch);
    }

    /** Returns the monitor that was set, or a new one. */
    PipelineMonitor newMonitor() {
        PipelineMonitor monitor = values.monitor;
        return monitor == null ? PipelineMonitor.create(values.name) : monitor;
    }

    @Override
    public String toString() {
        return "AgentChannel[" + values.name + "]";
    }
}
