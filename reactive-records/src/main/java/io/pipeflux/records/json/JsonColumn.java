package io.pipeflux.records.json;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Builds one column of a batch, row by row. The first value of the first row has index 0, and the numbering continues
 * across rows. Not thread-safe.
 *
 * <pre>
 *   values   | row 0 | row 1     | row 2 so far | free      |
 *                                 rowStart       size        room
 * </pre>
 */
abstract class JsonColumn {

    private static final int FIRST_VALUES = 16;
    private static final int LONGEST_SHOWN = 100;

    final JsonField field;
    private final BatchMemory memory;
    private final int rows;
    private final int perRow;
    private final boolean isList;
    private final ByteBuffer splits; // the row splits; empty if the field is not a list
    private int row;
    private int rowStart;
    private int size;
    private int room;
    private boolean begun; // whether a list has begun in the current row
    private int elements; // the number of elements of the current row's list so far

    JsonColumn(JsonField field, int rows, BatchMemory memory) {
        this.field = field;
        this.memory = memory;
        this.rows = rows;
        this.isList = field.path().hasList();
        this.perRow = Arrays.stream(field.shape()).reduce(1, Math::multiplyExact);
        this.splits = isList ? allocate((rows + 1L) * Integer.BYTES).putInt(0, 0) : ByteBuffer.allocate(0);
    }

    static JsonColumn of(JsonField field, int rows, BatchMemory memory) {
        JsonColumn column = switch (field.dtype()) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> new FloatColumn(field, rows, memory);
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, BOOL -> new IntegerColumn(field, rows, memory);
            case BYTES, UTF8 -> new StringColumn(field, rows, memory);
        };
        column.start();
        return column;
    }

    private void start() {
        if (!isList) {
            long values = (long) rows * perRow;
            if (values > Integer.MAX_VALUE - 1) {
                // the column is too large, so this call throws an exception
                allocate(values * Math.max(1, field.dtype().bytes()));
            }
            room = (int) values;
            fixed(rows, room);
        }
    }

    /**
     * Writes the field's value to the current row or, if the field is a list, one element of the list. A JSON null
     * counts as a missing value.
     *
     * @param token the first token of the value; this method reads the remaining tokens from {@code json}
     */
    final void take(JsonParser json, JsonToken token) {
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (field.shape().length > 0) {
            array(json, token, 0);
        } else {
            put(json, token);
        }
    }

    private void array(JsonParser json, JsonToken token, int dimension) {
        int length = field.shape()[dimension];
        if (token != JsonToken.START_ARRAY) {
            throw wrong("an array of " + length, kind(json, token));
        }
        boolean inner = dimension == field.shape().length - 1;
        JsonToken next = json.nextToken();
        int found = 0;
        for (; next != JsonToken.END_ARRAY; found++) {
            if (found == length) {
                throw wrong("an array of " + length, "a longer one");
            }
            if (!inner) {
                array(json, next, dimension + 1);
            } else if (next == JsonToken.VALUE_NULL) {
                missing("null in an array");
            } else {
                put(json, next);
            }
            next = json.nextToken();
        }
        if (found < length) {
            throw wrong("an array of " + length, "one of " + found);
        }
    }

    private void put(JsonParser json, JsonToken token) {
        makeRoom();
        write(size, json, token);
        size++;
    }

    private void makeRoom() {
        if (size < room) {
            return;
        }
        long more = Math.min(Math.max(FIRST_VALUES, 2L * room), Integer.MAX_VALUE - 1L);
        if (more == room) {
            throw new IllegalArgumentException("column \"" + field.name() + "\" of " + rows
                    + " rows would have more than " + room + " values: use smaller batches");
        }
        room = (int) more;
        grow(room, size);
    }

    private void missing(String found) {
        if (!field.hasDefault()) {
            throw wrong("a value", found);
        }
        fillOne();
    }

    private void fillOne() {
        makeRoom();
        fill(size);
        size++;
    }

    // == lists ==

    final void beginList() {
        begun = true;
        elements = 0;
    }

    final void endElement() {
        elements++;
        if (size - rowStart < elements) {
            missing("none, or null, in element " + (elements - 1));
        }
    }

    // == rows ==

    final void endRow() {
        if (isList ? !begun : size == rowStart) {
            if (!field.hasDefault()) {
                throw wrong("a value", "none, or null");
            }
            fillRow();
        }
        nextRow();
    }

    /** Writes the value of a padded row. */
    final void pad() {
        fillRow();
        nextRow();
    }

    private void fillRow() {
        for (int i = 0; !isList && i < perRow; i++) {
            fillOne();
        }
    }

    private void nextRow() {
        row++;
        rowStart = size;
        begun = false;
        if (isList) {
            splits.putInt(row * Integer.BYTES, size);
        }
    }

    final Column finish() {
        return isList ? list(splits, size) : whole(shape(), size);
    }

    private int[] shape() {
        int[] shape = new int[1 + field.shape().length];
        shape[0] = rows;
        System.arraycopy(field.shape(), 0, shape, 1, field.shape().length);
        return shape;
    }

    // == methods that the subclasses implement for their types ==

    /** Allocates the memory for all values of a column without lists. */
    abstract void fixed(int ofRows, int values);

    /**
     * Enlarges the memory of a column with lists.
     *
     * @param toValues the number of values for which there must be room
     * @param used the number of values that have already been written and must be kept
     */
    abstract void grow(int toValues, int used);

    abstract void write(int at, JsonParser json, JsonToken token);

    /**
     * Writes the field's default as the value with index {@code at}. Without a default, the value is 0, false or an
     * empty string.
     */
    abstract void fill(int at);

    abstract Column whole(int[] shape, int values);

    abstract Column list(ByteBuffer rowSplits, int values);

    /** Allocates memory for the values of a numeric column without lists. */
    final ByteBuffer allocateNumbers() {
        return memory.allocate(field.name(), field.dtype(), shape());
    }

    final ByteBuffer allocate(long bytes) {
        return memory.allocate(field.name(), bytes, Math.max(1, row));
    }

    final ByteBuffer enlarge(ByteBuffer values, int used, long bytes) {
        ByteBuffer more = allocate(bytes);
        more.put(values.slice(0, used)).clear();
        memory.release(values);
        return more;
    }

    final ValueException wrong(String expected, String found) {
        return new ValueException("field \"" + field.name() + "\" (" + field.path() + ")", expected, found);
    }

    final ValueException outOfRange(JsonParser json) {
        return wrong("a number in the range of " + field.dtype(), shown(json));
    }

    /** Returns a number as text for an error message. A long text is shortened. */
    static String shown(JsonParser json) {
        String text = json.getString();
        return text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "..." : text;
    }

    static String kind(JsonParser json, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "the number " + shown(json);
            case VALUE_TRUE -> "true";
            case VALUE_FALSE -> "false";
            default -> "null";
        };
    }
}
