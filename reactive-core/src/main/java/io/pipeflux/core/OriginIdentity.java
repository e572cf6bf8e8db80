package io.pipeflux.core;

import io.pipeflux.core.internal.Share;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The identity that all resume points of one stream share. It is computed when the first of these points is made. */
final class OriginIdentity {

    private final Supplier<Identity.@Nullable Source> source;
    private final @Nullable Share shard;
    private @Nullable Identity made; // needs no lock, because threads that race compute equal values

    private OriginIdentity(Supplier<Identity.@Nullable Source> source, @Nullable Share shard) {
        this.source = source;
        this.shard = shard;
    }

    static OriginIdentity of(ObjectBytes object, Pass pass) {
        // the lambda must not capture the object, otherwise each record would keep the object's read-ahead window in
        // memory
        String key = object.key();
        long size = object.size();
        String version = object.version();
        ListOrigin list = object.listOrigin();
        return new OriginIdentity(() -> Identity.Source.of(key, size, version, list), pass.shard());
    }

    static OriginIdentity of(Supplier<@Nullable String> content, Pass pass) {
        return new OriginIdentity(
                () -> {
                    String known = content.get();
                    return known == null ? null : Identity.Source.ofContent(known);
                },
                pass.shard());
    }

    Identity get() {
        Identity identity = made;
        if (identity == null) {
            identity = new Identity(source.get(), null, shard);
            made = identity;
        }
        return identity;
    }
}
