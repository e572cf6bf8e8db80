package io.pipeflux.records.arrow;

import io.pipeflux.core.internal.Halves;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Defines the values that replace the nulls of an Arrow stream. Nulls must be replaced because columns cannot contain
 * them. Instances are immutable: each setter returns a new instance.
 *
 * <pre>{@code
 * bytes.transform(ArrowStreams.format(ArrowNulls.filled().fill("age", -1).withMasks()).decode())
 * }</pre>
 *
 * <p>In a ragged column, a null list becomes an empty list, at every level. In a column with fixed dimensions, all
 * values of a null list count as nulls.
 */
public final class ArrowNulls {

    private static final String MASK = ".mask";

    private final Map<String, Object> fills; // the values are of type Long, Double or String
    private final boolean masks;

    private ArrowNulls(Map<String, Object> fills, boolean masks) {
        this.fills = fills;
        this.masks = masks;
    }

    /**
     * Returns an instance that replaces nulls with 0, false or empty strings, except in fields for which {@code fill}
     * sets a different value.
     */
    public static ArrowNulls filled() {
        return new ArrowNulls(Map.of(), false);
    }

    /**
     * Returns a copy of this instance that replaces the nulls of a field with the given value.
     *
     * @param field the field's name. Decoding a stream without this field causes a {@link
     *     io.pipeflux.core.SchemaMismatchException}
     * @param value the value. If the field's type cannot represent the value exactly, decoding causes a {@link
     *     io.pipeflux.core.SchemaMismatchException}
     */
    public ArrowNulls fill(String field, long value) {
        return with(field, value);
    }

    /**
     * Returns a copy of this instance that replaces the nulls of a floating-point field with the given value, rounded
     * to the field's type. A value that is too large for the type is an error. In all other respects, this method is
     * like {@link #fill(String, long)}.
     */
    public ArrowNulls fill(String field, double value) {
        return with(field, value);
    }

    /**
     * Returns a copy of this instance that replaces the nulls of a string field with the given value. In all other
     * respects, this method is like {@link #fill(String, long)}.
     */
    public ArrowNulls fill(String field, String value) {
        return with(field, Objects.requireNonNull(value, "value"));
    }

    /**
     * Returns a copy of this instance that adds a mask column for each nullable field. The mask of a field {@code age}
     * is named {@code age.mask}, and has the type {@link DType#BOOL} and the shape of the field's column. It contains
     * true for each value and false for each null. If the stream already has a field with the name of a mask, decoding
     * fails with a {@link io.pipeflux.core.SchemaMismatchException}.
     */
    public ArrowNulls withMasks() {
        return new ArrowNulls(fills, true);
    }

    private ArrowNulls with(String field, Object value) {
        Map<String, Object> more = new HashMap<>(fills);
        more.put(Objects.requireNonNull(field, "field"), value);
        return new ArrowNulls(Map.copyOf(more), masks);
    }

    boolean hasMask(StoredField field) {
        return masks && field.nullable();
    }

    static String maskName(StoredField field) {
        return field.name() + MASK;
    }

    Set<String> filledFields() {
        return fills.keySet();
    }

    /**
     * Returns the value that replaces the field's nulls, as bytes.
     *
     * @throws UnsupportedOperationException if the field's type cannot represent the value
     */
    byte[] fill(StoredField field) {
        DType dtype = field.column().dtype();
        Object value = fills.get(field.name());
        if (value == null) {
            return new byte[dtype.bytes()];
        }
        if (value instanceof String text && dtype.hasOffsets()) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        boolean put = value instanceof Long integer
                ? isFloat(dtype) ? putExact(bytes, dtype, integer) : putInteger(bytes, dtype, integer)
                : value instanceof Double number && putFinite(bytes, dtype, number);
        if (!put) {
            throw new UnsupportedOperationException("expected a value of " + dtype + " for the nulls of field \""
                    + field.name() + "\", but got " + value);
        }
        byte[] filled = new byte[dtype.bytes()];
        bytes.get(0, filled);
        return filled;
    }

    private static boolean isFloat(DType dtype) {
        return switch (dtype) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> true;
            default -> false;
        };
    }

    private static boolean putExact(ByteBuffer to, DType dtype, long value) {
        double put = putFloat(to, dtype, (double) value);
        return put == value && (long) put == value && put < 0x1p63;
    }

    private static boolean putFinite(ByteBuffer to, DType dtype, double value) {
        return isFloat(dtype) && Double.isInfinite(putFloat(to, dtype, value)) == Double.isInfinite(value);
    }

    /** Rounds a value to the type, writes the rounded value, and returns it. */
    private static double putFloat(ByteBuffer to, DType dtype, double value) {
        switch (dtype) {
            case FLOAT16 -> {
                to.putShort(0, Halves.toHalf(value));
                return Halves.half(to.getShort(0));
            }
            case BFLOAT16 -> {
                to.putShort(0, Halves.toBrain(value));
                return Halves.brain(to.getShort(0));
            }
            case FLOAT32 -> {
                to.putFloat(0, (float) value);
                return to.getFloat(0);
            }
            default -> {
                to.putDouble(0, value);
                return value;
            }
        }
    }

    private static boolean putInteger(ByteBuffer to, DType dtype, long value) {
        if (dtype.hasOffsets()) {
            return false;
        }
        to.putLong(0, value);
        long most = switch (dtype) {
            case BOOL -> 1;
            case INT8 -> Byte.MAX_VALUE;
            case UINT8 -> 0xFF;
            case INT16 -> Short.MAX_VALUE;
            case UINT16 -> 0xFFFF;
            case INT32 -> Integer.MAX_VALUE;
            case UINT32 -> 0xFFFF_FFFFL;
            default -> Long.MAX_VALUE;
        };
        boolean signed = dtype == DType.INT8 || dtype == DType.INT16 || dtype == DType.INT32 || dtype == DType.INT64;
        return value <= most && value >= (signed ? -most - 1 : 0);
    }
}
