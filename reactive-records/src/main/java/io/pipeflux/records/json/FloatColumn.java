package io.pipeflux.records.json;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;

/** Builds a floating-point column. Each number is rounded to the nearest value of the column's type. */
final class FloatColumn extends JsonColumn {

    private final boolean isFloat;
    private final int width;
    private ByteBuffer values = ByteBuffer.allocate(0);

    FloatColumn(JsonField field, int rows, BatchMemory memory) {
        super(field, rows, memory);
        this.isFloat = field.dtype() == DType.FLOAT32;
        this.width = field.dtype().bytes();
    }

    @Override
    void fixed(int ofRows, int count) {
        values = allocateNumbers();
    }

    @Override
    void grow(int toValues, int used) {
        values = enlarge(values, used * width, (long) toValues * width);
    }

    @Override
    void write(int at, JsonParser json, JsonToken token) {
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            throw wrong("a number", kind(json, token));
        }
        double value = isFloat ? nearestFloat(json, token) : json.getDoubleValue();
        if (Double.isInfinite(value) && !json.isNaN()) {
            throw outOfRange(json);
        }
        write(at, value);
    }

    /**
     * Returns the float nearest to a number. Parses the text directly as a float, so that the number is rounded only
     * once. Parsing it as a double first could round it twice, which can give the wrong result if the number is close
     * to the midpoint between two floats.
     */
    private static float nearestFloat(JsonParser json, JsonToken token) {
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            return json.isNaN() ? (float) json.getDoubleValue() : Float.parseFloat(json.getString());
        }
        return json.getNumberType() == NumberType.BIG_INTEGER
                ? json.getBigIntegerValue().floatValue()
                : (float) json.getLongValue();
    }

    private void write(int at, double value) {
        if (isFloat) {
            values.putFloat(at * Float.BYTES, (float) value);
        } else {
            values.putDouble(at * Double.BYTES, value);
        }
    }

    @Override
    void fill(int at) {
        write(at, field.number());
    }

    @Override
    Column whole(int[] shape, int count) {
        return Column.of(field.name(), field.dtype(), shape, values);
    }

    @Override
    Column list(ByteBuffer rowSplits, int count) {
        return Column.ragged(field.name(), field.dtype(), rowSplits, values.slice(0, count * width));
    }
}
