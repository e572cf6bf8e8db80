package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.jspecify.annotations.Nullable;

/** The pairs of keys and values that a message may have beside its header. */
final class CustomMetadata {

    private CustomMetadata() {}

    /** The value of a key, or null if there is no such key. Other pairs, which may be many and long, are not decoded. */
    static @Nullable String find(Message message, String key) {
        ByteBuffer wanted = StandardCharsets.UTF_8.encode(key);
        KeyValue pair = new KeyValue();
        for (int i = 0; i < message.customMetadataLength(); i++) {
            if (wanted.equals(message.customMetadata(pair, i).keyAsByteBuffer())) {
                return pair.value();
            }
        }
        return null;
    }
}
