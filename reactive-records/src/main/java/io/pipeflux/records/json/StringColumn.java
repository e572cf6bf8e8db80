package io.pipeflux.records.json;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Builds a column of strings in UTF-8. The column's memory grows as needed. */
final class StringColumn extends JsonColumn {

    private static final int FIRST_BYTES = 64;

    private ByteBuffer offsets;
    private ByteBuffer values = ByteBuffer.allocate(0);
    private int length;

    StringColumn(JsonField field, int rows, BatchMemory memory) {
        super(field, rows, memory);
        this.offsets = allocate(Integer.BYTES).putInt(0, 0);
    }

    @Override
    void fixed(int ofRows, int count) {
        grow(count, 0);
    }

    @Override
    void grow(int toValues, int used) {
        offsets = enlarge(offsets, (used + 1) * Integer.BYTES, (toValues + 1L) * Integer.BYTES);
    }

    @Override
    void write(int at, JsonParser json, JsonToken token) {
        if (token != JsonToken.VALUE_STRING) {
            throw wrong("a string", kind(json, token));
        }
        String text = json.getString();
        if (!isWhole(text)) {
            throw wrong("whole characters", "half a surrogate pair");
        }
        write(at, text.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isWhole(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isHighSurrogate(text.charAt(i))
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private void write(int at, byte[] text) {
        long needed = (long) length + text.length;
        if (needed > values.capacity()) {
            long twice = Math.max(FIRST_BYTES, 2L * values.capacity());
            values = enlarge(values, length, Math.max(needed, Math.min(twice, BatchMemory.MAX_BYTES)));
        }
        values.put(length, text);
        length = (int) needed;
        offsets.putInt((at + 1) * Integer.BYTES, length);
    }

    @Override
    void fill(int at) {
        write(at, field.string());
    }

    @Override
    Column whole(int[] shape, int count) {
        Column bytes = Column.ofBytes(field.name(), shape, offsets, values.slice(0, length));
        return field.dtype() == DType.UTF8 ? bytes.asUtf8() : bytes;
    }

    @Override
    Column list(ByteBuffer rowSplits, int count) {
        Column bytes = Column.raggedBytes(
                field.name(), rowSplits, offsets.slice(0, (count + 1) * Integer.BYTES), values.slice(0, length));
        return field.dtype() == DType.UTF8 ? bytes.asUtf8() : bytes;
    }
}
