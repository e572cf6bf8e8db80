package io.pipeflux.s3;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/**
 * One object of a dataset that is being written. It counts the object's bytes and records, and notes the offsets of
 * records for the index.
 */
final class DatasetObject {

    private final String name;
    private final int indexEvery;
    private final AtomicLong encoded = new AtomicLong();
    private final LongStream.Builder offsets = LongStream.builder();
    private long records;
    private long offset;

    DatasetObject(String part, int ordinal, String suffix, int indexEvery) {
        this.name = part + String.format(Locale.ROOT, "-%05d%s", ordinal, suffix);
        this.indexEvery = indexEvery;
    }

    /** Returns the object's name, relative to the dataset's folder. */
    String name() {
        return name;
    }

    /**
     * Counts an element, before it is encoded. One thread at a time may call this.
     *
     * @param bytes the number of bytes that the element is expected to take, or 0 if there is no index
     */
    void add(long bytes) {
        if (indexEvery > 0 && records % indexEvery == 0) {
            offsets.add(offset);
        }
        records++;
        offset += bytes;
    }

    /** Counts the bytes of a chunk that the encoder has emitted. */
    void encoded(int bytes) {
        encoded.addAndGet(bytes);
    }

    /** Returns the number of bytes that the encoder has emitted so far. */
    long encoded() {
        return encoded.get();
    }

    long records() {
        return records;
    }

    /** Returns the sum of the values passed to {@link #add}: the expected size of the object in bytes. */
    long expected() {
        return offset;
    }

    /** Returns the offsets of the records that the index contains. Must be called only once, after the last element. */
    LongStream offsets() {
        return offsets.build();
    }
}
