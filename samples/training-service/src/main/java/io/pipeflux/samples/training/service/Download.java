package io.pipeflux.samples.training.service;

import java.util.concurrent.atomic.AtomicLong;

/** The progress of the download with which file mode begins. */
final class Download {

    private final AtomicLong bytes = new AtomicLong();
    private volatile long totalBytes;

    /** Sets the total size of all objects of all channels. */
    void size(long ofAllChannels) {
        totalBytes = ofAllChannels;
    }

    /** Adds the size of a chunk. {@code more} is negative if the bytes of a failed attempt are to be subtracted. */
    void add(long more) {
        bytes.addAndGet(more);
    }

    long bytes() {
        return bytes.get();
    }

    long totalBytes() {
        return totalBytes;
    }
}
