package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.jspecify.annotations.Nullable;

/** The pairs of keys and values that a message or a field may have beside its content. */
final class CustomMetadata {

    private CustomMetadata() {}

    /** The value of a key, or null if there is no such key. Other pairs, which may be many and long, are not decoded. */
    static @Nullable String find(Message message, String key) {
        KeyValue pair = new KeyValue();
        return find(message.customMetadataLength(), i -> message.customMetadata(pair, i), key);
    }

    static @Nullable String find(Field field, String key) {
        KeyValue pair = new KeyValue();
        return find(field.customMetadataLength(), i -> field.customMetadata(pair, i), key);
    }

    private static @Nullable String find(int count, IntFunction<KeyValue> pairs, String key) {
        ByteBuffer wanted = StandardCharsets.UTF_8.encode(key);
        for (int i = 0; i < count; i++) {
            KeyValue pair = pairs.apply(i);
            if (wanted.equals(pair.keyAsByteBuffer())) {
                return pair.value();
            }
        }
        return null;
    }
}
