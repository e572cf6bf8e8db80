package io.pipeflux.flink;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.channel.ObjectRef;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Selects new objects by their modification times. Each listing after the first one is called a look. An object that
 * was handed out is remembered as long as it is recent enough for the next look to take it again. Older objects need
 * not be remembered, because no further look takes them.
 *
 * <pre>
 *   first listing      only finds the newest time
 *   look 1             takes every object
 *   look n             takes the objects whose time is at least newest(n - 2) - overlap and that are not remembered,
 *                      where newest(n) is the newest time in looks 1 to n, and newest(0) is that of the first listing
 * </pre>
 *
 * <p>An object that look n - 1 misses appeared after the end of look n - 2, and thus after every object of look n - 2.
 * If it is older than the newest of these objects by no more than the overlap, look n takes it. This is true no matter
 * how long a look takes.
 *
 * <p>Only the coordinator's thread changes this object, and only between two calls of the lister, which runs on a
 * different thread.
 */
final class RecentObjects {

    /**
     * The maximum number of objects that are remembered after a listing. Each takes about 111 bytes in memory and 24
     * bytes in a checkpoint.
     */
    static final int MOST = 1_000_000;

    /**
     * Identifies one version of an object by the first 16 bytes of a hash of its key, version and time. An object that
     * is written again gets a new id.
     */
    record Id(long high, long low) {}

    /**
     * The state in a checkpoint. Immutable.
     *
     * @param threshold the minimum modification time of the objects that the current listing selects
     * @param next the minimum modification time of the objects that the next listing will select
     * @param before the newest modification time in the listings before the current one
     * @param newest the newest modification time in all listings, including the current one
     * @param forgotten the number of objects that were handed out and are no longer remembered
     * @param at the last key that was handed out in the current listing, or null if none was handed out
     */
    record State(
            long threshold,
            long next,
            long before,
            long newest,
            long forgotten,
            @Nullable String at,
            Map<Id, Long> seen) {}

    private static final long NONE = Long.MIN_VALUE;

    private final long overlap;
    private boolean begun;
    private long threshold = NONE;
    private long next = NONE;
    private long before = NONE;
    private long newest = NONE;
    private long forgotten;
    private @Nullable String at;
    private final Map<Id, Long> seen = new HashMap<>();

    /** @param state the state in the checkpoint from which the job is restored, or null if the job is new */
    RecentObjects(Duration overlap, @Nullable State state) {
        this.overlap = overlap.toMillis();
        if (state != null) {
            begun = true;
            threshold = state.threshold();
            before = state.before();
            newest = state.newest();
            // the next listing's minimum time is never earlier than in the checkpoint, even if the overlap was
            // increased
            next = Math.max(state.next(), lessOverlap(before));
            forgotten = state.forgotten();
            at = state.at();
            seen.putAll(state.seen());
        }
    }

    // == methods for any thread ==

    boolean isBegun() {
        return begun;
    }

    /** Returns the last key that was handed out in the current listing, or null if none was handed out. */
    @Nullable
    String at() {
        return at;
    }

    long forgotten() {
        return forgotten;
    }

    /** Returns whether the object is too old for the current listing. */
    boolean isOld(ObjectRef object) {
        return time(object) < threshold;
    }

    boolean isNew(ObjectRef object) {
        return !isOld(object) && !seen.containsKey(id(object));
    }

    /** Returns an object's modification time in milliseconds since 1970. */
    static long time(ObjectRef object) {
        Instant time = object.lastModified();
        if (time == null) {
            throw new IllegalStateException("expected the time at which " + object.key()
                    + " was modified, but the list states none: manifests, directory buckets and some stores do not;"
                    + " read the channel by its keys, with continuous(period)");
        }
        return time.toEpochMilli();
    }

    static Id id(ObjectRef object) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("expected SHA-256, which every Java platform has", e);
        }
        for (String part :
                new String[] {object.key(), String.valueOf(object.version()), String.valueOf(object.lastModified())}) {
            digest.update(part.getBytes(UTF_8));
            digest.update((byte) 0xff); // this byte does not occur in UTF-8, so it separates the parts
        }
        ByteBuffer hash = ByteBuffer.wrap(digest.digest());
        return new Id(hash.getLong(), hash.getLong());
    }

    // == methods for the coordinator's thread ==

    /**
     * Begins the first look, which is the second listing.
     *
     * @param newestListed the newest modification time in the first listing, or {@link Long#MIN_VALUE} if that listing
     *     was empty
     */
    void begin(long newestListed) {
        begun = true;
        before = newestListed;
        newest = newestListed;
        next = lessOverlap(newestListed);
    }

    private long lessOverlap(long time) {
        return time == NONE ? NONE : time - overlap;
    }

    void handedOut(ObjectRef object) {
        long time = time(object);
        newest = Math.max(newest, time);
        at = object.key();
        if (time >= next) {
            seen.put(id(object), time);
        } else {
            forgotten++;
        }
    }

    void endLook() {
        int all = seen.size();
        seen.values().removeIf(time -> time < next);
        forgotten += all - seen.size();
        if (seen.size() > MOST) {
            throw new IllegalStateException("expected at most " + MOST + " objects that were modified at most "
                    + Duration.ofMillis(overlap) + " before the newest one, but got " + seen.size()
                    + ": use a shorter overlap");
        }
        threshold = next;
        before = newest;
        next = Math.max(next, lessOverlap(newest));
        at = null;
    }

    @Nullable
    State state() {
        return begun ? new State(threshold, next, before, newest, forgotten, at, Map.copyOf(seen)) : null;
    }
}
