package io.pipeflux.records.arrow;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.DType;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Columns as trees: a list of rows, in them lists, in them the bytes of values in hexadecimal. */
final class ColumnTrees {

    private ColumnTrees() {}

    static List<Object> rows(Column column) {
        if (!column.isRagged()) {
            return nested(column, 0, new int[1]);
        }
        return ragged(column, 0, 0, column.rows(), i -> value(column, i));
    }

    /** The rows of a ragged column, or lists of a level, or values. */
    static List<Object> ragged(Column column, int level, int from, int to, IntFunction<Object> value) {
        if (level == column.shape().length - 1) {
            return IntStream.range(from, to).mapToObj(value).toList();
        }
        IntBuffer splits = column.rowSplits(level);
        return IntStream.range(from, to)
                .<Object>mapToObj(i -> ragged(column, level + 1, splits.get(i), splits.get(i + 1), value))
                .toList();
    }

    private static List<Object> nested(Column column, int level, int[] at) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < column.shape()[level]; i++) {
            values.add(level == column.shape().length - 1 ? value(column, at[0]++) : nested(column, level + 1, at));
        }
        return values;
    }

    static List<String> text(Column column) {
        return IntStream.range(0, column.size()).mapToObj(column::string).toList();
    }

    private static String value(Column column, int i) {
        int width = column.dtype().bytes();
        ByteBuffer value = width == 0 ? column.bytes(i) : column.values().slice(i * width, width);
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The tree with zeros, or no bytes, for nulls. */
    static Object filled(Object tree, DType dtype) {
        return tree instanceof List<?> list
                ? list.stream().map(item -> filled(item, dtype)).toList()
                : tree == null ? "00".repeat(dtype.bytes()) : tree;
    }

    /** The tree with 1 for values and 0 for nulls. */
    static Object mask(Object tree) {
        return tree instanceof List<?> list
                ? list.stream().map(ColumnTrees::mask).toList()
                : tree == null ? "00" : "01";
    }

    static boolean hasNull(Object tree) {
        return tree instanceof List<?> list ? list.stream().anyMatch(ColumnTrees::hasNull) : tree == null;
    }
}
