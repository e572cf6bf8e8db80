package io.pipeflux.records.example;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Receives, for each row, the row splits or row lengths that divide the values of another key into lists. Corresponds
 * to a partition of TensorFlow's {@code RaggedFeature}.
 */
final class Partition extends ValueSink {

    /**
     * Describes a key with the row splits or row lengths that divide another key's values into lists.
     *
     * @param key the key of an {@code int64_list}
     * @param splits whether the {@code int64_list} contains row splits; if false, it contains row lengths
     */
    record Source(String key, boolean splits) {}

    private final Source source;
    private long[] values = {};

    Partition(Source source) {
        this.source = source;
    }

    String key() {
        return source.key;
    }

    @Override
    void integer(long value) {
        if (kind() == ValueKind.INT64) {
            if (count() == values.length) {
                values = Arrays.copyOf(values, Math.max(16, 2 * values.length));
            }
            values[count()] = value;
        }
        super.integer(value);
    }

    /**
     * Converts row splits or row lengths to the ends of the lists. Returns a description of the fault, or null if the
     * row splits or row lengths are valid.
     *
     * @param size the number of values of the row
     */
    @Nullable
    String wrong(int size) {
        String what = source.splits ? "row splits" : "row lengths";
        ValueKind found = kind();
        if (found != null && found != ValueKind.INT64) {
            return "Data types don't match. Data type: " + found.type
                    + " but expected type: int64: specify the key of the " + what + ", or write int64";
        }
        if (source.splits && count() > 0 && values[0] != 0) {
            return "Expected " + what + " that begin with 0, but got " + values[0] + cure();
        }
        long end = 0;
        for (int i = 0; i < count(); i++) {
            long next = source.splits ? values[i] : end + values[i];
            if (next < end || next > size) {
                return "Expected " + what + " of " + size + " values, but got " + values[i] + " as number " + i
                        + cure();
            }
            values[i] = next;
            end = next;
        }
        return end == size ? null : "Expected " + what + " of " + size + " values, but got those of " + end + cure();
    }

    private String cure() {
        return source.splits
                ? ": write ascending row splits from 0 to the number of values, or use withRowLengths for row lengths"
                : ": write row lengths whose sum is the number of values, or use withRowSplits for row splits";
    }

    /** Returns the number of lists in the row. */
    int lists() {
        return source.splits ? Math.max(0, count() - 1) : count();
    }

    /** Returns the index after the last value of a list. In each row, the indexes begin at 0. */
    int end(int list) {
        return (int) values[source.splits ? list + 1 : list];
    }
}
