package io.pipeflux.samples.training.service;

import java.util.concurrent.atomic.AtomicLong;

/** The progress of the download that file mode begins with. */
final class Download {

    private final AtomicLong bytes = new AtomicLong();
    private volatile long totalBytes;

    /** Sets the total size of all objects of all channels. */
    void size(long ofAllChannels) {
        totalBytes = ofAllChannels;
    }

    /** Adds a number of bytes, which is negative if an object is downloaded again. */
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
