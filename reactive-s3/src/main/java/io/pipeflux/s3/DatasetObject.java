package io.pipeflux.s3;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/** One object of a dataset that is being written: how much went into it, and where its records begin. */
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

    /** Returns its name in the folder. */
    String name() {
        return name;
    }

    /** Called with each element before it is encoded, by one thread at a time. */
    void add(long bytes) {
        if (indexEvery > 0 && records % indexEvery == 0) {
            offsets.add(offset);
        }
        records++;
        offset += bytes;
    }

    /** Called with what the encoder emits. */
    void encoded(int bytes) {
        encoded.addAndGet(bytes);
    }

    /** Returns how many bytes the encoder has emitted. */
    long encoded() {
        return encoded.get();
    }

    long records() {
        return records;
    }

    /** Returns the sum of the lengths that were expected for the encoded elements. */
    long expected() {
        return offset;
    }

    /** Returns the offset of every n-th record. Called once, at the end. */
    LongStream offsets() {
        return offsets.build();
    }
}
