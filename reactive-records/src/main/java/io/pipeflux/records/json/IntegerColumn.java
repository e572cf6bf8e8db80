package io.pipeflux.records.json;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.BatchMemory;
import io.pipeflux.records.internal.IntegerTypes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonParser.NumberType;
import tools.jackson.core.JsonToken;

/** Builds an integer or boolean column. */
final class IntegerColumn extends JsonColumn {

    private static final int MOST_DIGITS = 19; // the maximum number of digits of a long

    private final int width;
    private final boolean isBool;
    private final long least;
    private final long most;
    private ByteBuffer values = ByteBuffer.allocate(0);

    IntegerColumn(JsonField field, int rows, BatchMemory memory) {
        super(field, rows, memory);
        this.width = field.dtype().bytes();
        this.isBool = field.dtype() == DType.BOOL;
        this.least = IntegerTypes.least(field.dtype());
        this.most = IntegerTypes.most(field.dtype());
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
        if (isBool) {
            if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
                throw wrong("true or false", kind(json, token));
            }
            values.put(at, (byte) (token == JsonToken.VALUE_TRUE ? 1 : 0));
            return;
        }
        long value = integer(json, token);
        if (value < least || value > most) {
            throw outOfRange(json);
        }
        write(at, value);
    }

    private long integer(JsonParser json, JsonToken token) {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            if (json.getNumberType() == NumberType.BIG_INTEGER) {
                throw outOfRange(json);
            }
            return json.getLongValue();
        }
        if (token != JsonToken.VALUE_NUMBER_FLOAT) {
            throw wrong("an integer", kind(json, token));
        }
        if (json.isNaN()) {
            throw wrong("an integer", shown(json));
        }
        BigDecimal exact = decimal(json);
        if (exact.signum() != 0 && exact.precision() - (long) exact.scale() > MOST_DIGITS) {
            throw outOfRange(json);
        }
        try {
            BigInteger whole = exact.toBigIntegerExact();
            if (whole.bitLength() >= Long.SIZE) {
                throw outOfRange(json);
            }
            return whole.longValue();
        } catch (ArithmeticException e) {
            throw wrong("an integer", shown(json));
        }
    }

    private BigDecimal decimal(JsonParser json) {
        try {
            return json.getDecimalValue();
        } catch (NumberFormatException | ArithmeticException e) { // the number is, for example, 1e99999999999
            throw outOfRange(json);
        }
    }

    private void write(int at, long value) {
        switch (width) {
            case Byte.BYTES -> values.put(at, (byte) value);
            case Short.BYTES -> values.putShort(at * Short.BYTES, (short) value);
            case Integer.BYTES -> values.putInt(at * Integer.BYTES, (int) value);
            default -> values.putLong(at * Long.BYTES, value);
        }
    }

    @Override
    void fill(int at) {
        write(at, field.integer());
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
