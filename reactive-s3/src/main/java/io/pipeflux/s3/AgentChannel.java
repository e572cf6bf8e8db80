package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** What a {@link PipeAgent} writes into one channel's pipes. Immutable: each setter returns a new channel. */
public final class AgentChannel {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final String name;
    private final Flux<ObjectBytes> objects;
    private final Function<ObjectBytes, Flux<ByteBuffer>> form;
    private final @Nullable String contentType;

    private AgentChannel(
            String name,
            Flux<ObjectBytes> objects,
            Function<ObjectBytes, Flux<ByteBuffer>> form,
            @Nullable String contentType) {
        this.name = name;
        this.objects = objects;
        this.form = form;
        this.contentType = contentType;
    }

    /**
     * A channel of objects, written as they are.
     *
     * @param name 1 to 64 of {@code A-Z a-z 0-9 . _ -}, not {@code .} or {@code ..}
     * @param objects one epoch, such as {@link S3Channel#objects()}; subscribed to once per epoch, with the epoch as the
     *     Context's {@link io.pipeflux.core.Pass}, when a reader has opened the pipe
     */
    public static AgentChannel of(String name, Flux<ObjectBytes> objects) {
        if (!NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException(
                    "a channel name of 1 to 64 characters A-Z a-z 0-9 . _ - required but it was '" + name + "'");
        }
        return new AgentChannel(name, Objects.requireNonNull(objects, "objects"), ObjectBytes::bytes, null);
    }

    /**
     * The form in which an object's bytes are written, such as inflated or wrapped as a record. Defaults to
     * {@link ObjectBytes#bytes()}.
     */
    public AgentChannel form(Function<ObjectBytes, Flux<ByteBuffer>> form) {
        return new AgentChannel(name, objects, Objects.requireNonNull(form, "form"), contentType);
    }

    /** The {@code ContentType} that the trainer finds in its configuration. Defaults to none. */
    public AgentChannel contentType(String contentType) {
        return new AgentChannel(name, objects, form, Objects.requireNonNull(contentType, "contentType"));
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

    @Nullable
    String contentType() {
        return contentType;
    }

    @Override
    public String toString() {
        return "AgentChannel[" + name + "]";
    }
}
