package io.pipeflux.s3;

import io.pipeflux.core.ObjectBytes;
import java.nio.ByteBuffer;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The items of one epoch as objects whose bytes are read on demand. */
final class WindowedObjects {

    private WindowedObjects() {}

    /**
     * The objects of an epoch.
     *
     * @param items of one epoch per subscription, in order; asked for one by one as they are needed
     */
    static Flux<ObjectBytes> of(S3AsyncClient client, S3ReadOptions options, Flux<ChannelItem> items) {
        return items.index((ordinal, item) -> {
            if (item instanceof InlineBytes inline) {
                byte[] bytes = inline.bytes();
                return ObjectBytes.of(
                        inline.name(),
                        ordinal,
                        bytes.length,
                        null,
                        from -> from >= bytes.length
                                ? Flux.empty()
                                : Flux.just(ByteBuffer.wrap(bytes, (int) from, bytes.length - (int) from)
                                        .slice()));
            }
            S3ObjectRef object = (S3ObjectRef) item;
            return ObjectBytes.of(
                    object.name(),
                    ordinal,
                    object.size(),
                    object.etag(),
                    from -> ObjectReading.bytes(client, options, object, from));
        });
    }
}
