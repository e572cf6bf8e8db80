package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/** Reads custom metadata: key-value pairs that a message, a schema or a field can have in addition to its content. */
final class CustomMetadata {

    private CustomMetadata() {}

    /**
     * Returns the value of a key, or null if there is no such key. Does not decode other pairs, because there may be
     * many of them and they may be long.
     */
    static @Nullable String find(Message message, String key) {
        KeyValue pair = new KeyValue();
        return find(message.customMetadataLength(), i -> message.customMetadata(pair, i), key);
    }

    static @Nullable String find(Field field, String key) {
        KeyValue pair = new KeyValue();
        return find(field.customMetadataLength(), i -> field.customMetadata(pair, i), key);
    }

    /**
     * Returns all pairs of a schema, in the order of the schema. If a key occurs more than once, its last value is
     * used, as in pyarrow.
     *
     * @param metadataBytes the length of the message in bytes. The total length of all pairs must not exceed this
     *     length. The limit is needed because several pairs could refer to the same bytes
     */
    static Map<String, String> all(Schema schema, int metadataBytes) {
        Map<String, String> pairs = new LinkedHashMap<>();
        KeyValue pair = new KeyValue();
        long length = 0;
        for (int i = 0; i < schema.customMetadataLength(); i++) {
            schema.customMetadata(pair, i);
            length += length(pair.keyAsByteBuffer()) + length(pair.valueAsByteBuffer());
            if (length > metadataBytes) {
                throw new IllegalArgumentException("the schema's metadata is longer than its message");
            }
            pairs.put(text(pair.key()), text(pair.value()));
        }
        return pairs;
    }

    private static int length(@Nullable ByteBuffer text) {
        return text == null ? 0 : text.remaining();
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
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
