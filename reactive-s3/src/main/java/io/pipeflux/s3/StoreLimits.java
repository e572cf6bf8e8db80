package io.pipeflux.s3;

/**
 * What a store was found not to support. It is requested once for each client, not once for each object. A store that
 * refuses access to an object, rather than a kind of requests, has no limit.
 */
final class StoreLimits {

    private volatile boolean noGets;
    private volatile boolean noHeads;

    /** @param get whether a GET is meant, and not a HEAD */
    boolean refuses(boolean get) {
        return get ? noGets : noHeads;
    }

    /** Called when the store does not support such requests. */
    void unsupported(boolean get) {
        if (get) {
            noGets = true;
        } else {
            noHeads = true;
        }
    }
}
