package io.pipeflux.records.json;

import io.pipeflux.core.PipefluxException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.internal.IntegerTypes;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The columns of JSON records by a plain reading of the tree that Jackson reads, and those that were parsed, as texts.
 */
public final class JsonReference {

    static final String REFUSED = "refused";

    private JsonReference() {}

    /** Returns the columns that the fields are of these records, or that the records are refused. */
    public static String expected(List<JsonField> fields, List<RawRecord> records) {
        StringBuilder all = new StringBuilder();
        try {
            List<Object> trees = new ArrayList<>();
            records.forEach(record -> trees.add(PlainTree.read(record)));
            for (JsonField field : fields) {
                all.append(field.name());
                for (Object tree : trees) {
                    all.append(' ').append(row(field, tree));
                }
                all.append('\n');
            }
            return all.toString();
        } catch (IllegalStateException e) {
            return REFUSED;
        }
    }

    private static List<Object> row(JsonField field, Object tree) {
        List<Object> steps = field.path().steps();
        int each = steps.indexOf(JsonPath.EACH);
        if (each < 0) {
            Object value = follow(tree, steps);
            if (field.shape().length == 0 || value == null) {
                Object one = one(field, value);
                return field.shape().length == 0 ? List.of(one) : List.of(one, one);
            }
            List<Object> row = new ArrayList<>();
            list(value).forEach(element -> row.add(one(field, element)));
            refuse(row.size() != 2);
            return row;
        }
        Object list = follow(tree, steps.subList(0, each));
        refuse(list == null && !field.hasDefault());
        List<Object> row = new ArrayList<>();
        for (Object element : list == null ? List.of() : list(list)) {
            row.add(one(field, follow(element, steps.subList(each + 1, steps.size()))));
        }
        return row;
    }

    private static Object follow(Object tree, List<Object> steps) {
        Object at = tree;
        for (Object step : steps) {
            if (at == null) {
                return null;
            }
            if (step instanceof Integer i) {
                List<?> list = list(at);
                at = i < list.size() ? list.get(i) : null;
            } else {
                refuse(!(at instanceof Map));
                at = ((Map<?, ?>) at).get(step);
            }
        }
        refuse(PlainTree.TWICE.equals(at));
        return at;
    }

    private static List<?> list(Object value) {
        refuse(!(value instanceof List));
        return (List<?>) value;
    }

    private static void refuse(boolean wrong) {
        if (wrong) {
            throw new IllegalStateException();
        }
    }

    private static Object one(JsonField field, Object value) {
        if (value == null) {
            refuse(!field.hasDefault());
            return switch (field.dtype()) {
                case FLOAT32, FLOAT64 -> field.number();
                case BYTES, UTF8 -> new String(field.string(), StandardCharsets.UTF_8);
                default -> (double) field.integer();
            };
        }
        return switch (field.dtype()) {
            case FLOAT32, FLOAT64 -> number(value, field.dtype() == DType.FLOAT32);
            case BOOL -> {
                refuse(!(value instanceof Boolean));
                yield (Boolean) value ? 1.0 : 0.0;
            }
            case BYTES, UTF8 -> {
                refuse(!(value instanceof String text)
                        || !StandardCharsets.UTF_8.newEncoder().canEncode(text));
                yield value;
            }
            default -> {
                refuse(!(value instanceof BigDecimal));
                BigDecimal number = (BigDecimal) value;
                refuse(number.stripTrailingZeros().scale() > 0
                        || number.compareTo(BigDecimal.valueOf(IntegerTypes.least(field.dtype()))) < 0
                        || number.compareTo(BigDecimal.valueOf(IntegerTypes.most(field.dtype()))) > 0);
                yield number.doubleValue();
            }
        };
    }

    private static double number(Object value, boolean isFloat) {
        if (value instanceof Double special) {
            return special;
        }
        refuse(!(value instanceof BigDecimal) && !(value instanceof PlainTree.Huge));
        String text = value instanceof PlainTree.Huge huge ? huge.text() : value.toString();
        double nearest = isFloat ? Float.parseFloat(text) : Double.parseDouble(text);
        refuse(Double.isInfinite(nearest));
        return nearest + 0.0; // without the sign of 0, which exact numbers do not have
    }

    /** Returns the columns that the schema has parsed, or that it has refused the records. */
    public static String found(JsonSchema schema, List<RawRecord> records) {
        try {
            ColumnBatch batch = schema.parse(records);
            StringBuilder all = new StringBuilder();
            for (String name : batch.names()) {
                Column column = batch.column(name);
                all.append(name);
                int perRow = column.isRagged() ? 0 : column.size() / column.rows();
                for (int row = 0; row < column.rows(); row++) {
                    int from = column.isRagged() ? column.rowSplits().get(row) : row * perRow;
                    int to = column.isRagged() ? column.rowSplits().get(row + 1) : from + perRow;
                    all.append(' ').append(values(column).subList(from, to));
                }
                all.append('\n');
            }
            batch.release();
            return all.toString();
        } catch (PipefluxException e) {
            return REFUSED;
        }
    }

    private static List<Object> values(Column column) {
        List<Object> values = new ArrayList<>();
        double[] numbers = new double[column.size()];
        if (!column.dtype().hasOffsets()) {
            column.copyTo(numbers);
        }
        for (int i = 0; i < column.size(); i++) {
            values.add(
                    column.dtype().hasOffsets()
                            ? StandardCharsets.UTF_8.decode(column.bytes(i)).toString()
                            : (Object) (numbers[i] + 0.0));
        }
        return values;
    }
}
