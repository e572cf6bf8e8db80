package io.pipeflux.s3;

/**
 * What a store does not support. This is found out once for each client, not once for each object. A store that refuses
 * access to a single object, rather than a kind of request, has no such limit.
 */
final class StoreLimits {

    private volatile boolean noGets;
    private volatile boolean noHeads;

    /** @param get true for GETs, false for HEADs */
    boolean refuses(boolean get) {
        return get ? noGets : noHeads;
    }

    /** Notes that the store does not support such requests. */
    void unsupported(boolean get) {
        if (get) {
            noGets = true;
        } else {
            noHeads = true;
        }
    }
}
