package io.pipeflux.benchmarks.pipe;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Adds the values of column arrays to a {@link Tally}. */
final class ArrayColumns {

    private ArrayColumns() {}

    /** Adds the first {@code rows} rows of each column to the tally. */
    static void check(Tally tally, Object[] arrays, int rowsOfArrays, int rows) {
        for (int i = 0; i < arrays.length; i++) {
            check(tally, i, arrays[i], rowsOfArrays, rows);
        }
    }

    private static void check(Tally tally, int column, Object array, int rowsOfArrays, int rows) {
        if (array instanceof long[][] ragged) {
            for (int row = 0; row < rows; row++) {
                tally.length(column, ragged[row].length);
                check(tally, column, ragged[row], 1, 1);
            }
        } else if (array instanceof byte[][] bytes) {
            for (int i = 0; i < bytes.length / rowsOfArrays * rows; i++) {
                tally.length(column, bytes[i].length);
                tally.values(column, ByteBuffer.wrap(bytes[i]));
            }
        } else if (array instanceof double[] doubles) {
            int count = doubles.length / rowsOfArrays * rows;
            ByteBuffer bytes = bytes(count * Double.BYTES);
            bytes.asDoubleBuffer().put(doubles, 0, count);
            tally.values(column, bytes);
        } else if (array instanceof float[] floats) {
            int count = floats.length / rowsOfArrays * rows;
            ByteBuffer bytes = bytes(count * Float.BYTES);
            bytes.asFloatBuffer().put(floats, 0, count);
            tally.values(column, bytes);
        } else if (array instanceof long[] longs) {
            int count = longs.length / rowsOfArrays * rows;
            ByteBuffer bytes = bytes(count * Long.BYTES);
            bytes.asLongBuffer().put(longs, 0, count);
            tally.values(column, bytes);
        } else {
            int[] ints = (int[]) array;
            int count = ints.length / rowsOfArrays * rows;
            ByteBuffer bytes = bytes(count * Integer.BYTES);
            bytes.asIntBuffer().put(ints, 0, count);
            tally.values(column, bytes);
        }
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }
}
