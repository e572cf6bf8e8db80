package io.pipeflux.s3;

/**
 * Records which kinds of requests a store does not support. Missing support is detected once for each client, not
 * once for each object. A refusal of access to a single object is not recorded.
 */
final class StoreLimits {

    private volatile boolean noGets;
    private volatile boolean noHeads;

    /** @param get true for GETs, false for HEADs */
    boolean refuses(boolean get) {
        return get ? noGets : noHeads;
    }

    /**
     * Notes that the store does not support one kind of request for a checksum: GETs if {@code get} is true, otherwise
     * HEADs.
     */
    void unsupported(boolean get) {
        if (get) {
            noGets = true;
        } else {
            noHeads = true;
        }
    }
}
