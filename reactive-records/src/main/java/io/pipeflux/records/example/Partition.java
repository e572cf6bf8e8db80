package io.pipeflux.records.example;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How the values of a row are parted into lists, from a key of its own: the partitions of TensorFlow's RaggedFeature.
 */
final class Partition extends ValueSink {

    /**
     * Where the lists are.
     *
     * @param key the key of an {@code int64_list}
     * @param splits whether it has row splits, or else lengths
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

    /** What is wrong with the lists of a row of that many values, null if nothing; makes all of them ends. */
    @Nullable
    String wrong(int size) {
        ValueKind found = kind();
        if (found != null && found != ValueKind.INT64) {
            return "Data types don't match. Data type: " + found.type + " but expected type: int64";
        }
        String what = source.splits ? "row splits" : "row lengths";
        if (source.splits && count() > 0 && values[0] != 0) {
            return "Expected " + what + " that begin with 0, but got " + values[0];
        }
        long end = 0;
        for (int i = 0; i < count(); i++) {
            long next = source.splits ? values[i] : end + values[i];
            if (next < end || next > size) {
                return "Expected " + what + " of " + size + " values, but got " + values[i] + " as number " + i;
            }
            values[i] = next;
            end = next;
        }
        return end == size ? null : "Expected " + what + " of " + size + " values, but got those of " + end;
    }

    /** How many lists there are. */
    int lists() {
        return source.splits ? Math.max(0, count() - 1) : count();
    }

    /** Where a list of the row ends. */
    int end(int list) {
        return (int) values[source.splits ? list + 1 : list];
    }
}
