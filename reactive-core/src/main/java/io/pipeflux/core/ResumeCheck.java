package io.pipeflux.core;

import io.pipeflux.core.Identity.Source;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Rest.Restored;
import io.pipeflux.core.internal.Share;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a resume point is applied to the data and operators from which it was taken. A point without an identity
 * is not checked.
 */
final class ResumeCheck {

    private static final String WAY_ON =
            "; to continue anyway, start with Pass.resumeAt(point.unchecked()), which compares"
                    + " nothing and may read rows twice and others never";

    private ResumeCheck() {}

    /**
     * Checks that the point was taken from a pipeline with the same operators. The decoder calls this method, because
     * all operators downstream have added themselves to the pass before the pass reaches the decoder.
     */
    static void operators(ResumePoint start, @Nullable Share shard) {
        if (start.mixed() != null) {
            throw operator(start, start.mixed().by(), "no mix of sources here");
        }
        operators(start, shard, start.identity());
    }

    /**
     * Checks that the pipeline has the operators with which earlier runs read a part of the epoch. The decoder calls
     * this method before it reads the rest of the epoch.
     */
    static void rest(Rest rest, boolean shuffled, @Nullable Share shard) {
        if (rest.shuffle() != null && !shuffled) {
            throw ofRest(rest, rest.shuffle().toString(), "no shuffle");
        }
        if (shard != null) {
            throw ofRest(rest, "hosts that share objects, by the channel's shard", shard + " of records");
        }
    }

    /**
     * Checks that the shuffle is the one with which earlier runs read a part of the epoch. The shuffle calls this
     * method before it reads the rest of the epoch.
     */
    static void restShuffle(Rest rest, Blocks blocks) {
        if (rest.shuffle() == null || !rest.shuffle().isSameShuffle(blocks)) {
            throw ofRest(
                    rest, rest.shuffle() == null ? "no shuffle" : rest.shuffle().toString(), blocks.toString());
        }
    }

    private static ResumeMismatchException ofRest(Rest rest, String expected, String found) {
        return new ResumeMismatchException(
                ErrorKind.OTHER_PIPELINE,
                "the token of the rest of epoch " + rest.epoch() + " was taken from a different pipeline: expected "
                        + expected + ", but got " + found + ": give the pipeline the same operators",
                null,
                null,
                null);
    }

    private static void operators(ResumePoint start, @Nullable Share shard, @Nullable Identity was) {
        if (was == null) {
            return;
        }
        if (was.blocks() != null) {
            throw operator(start, was.blocks(), "no shuffle");
        }
        if (!Objects.equals(was.shard(), shard)) {
            throw operator(
                    start,
                    was.shard() == null ? "no shard" : was.shard(),
                    shard == null ? "no shard" : shard.toString());
        }
    }

    /**
     * Returns the state of a mix of several sources at the pass's start point, or null at the beginning of an epoch.
     * Checks that the point was taken from the same mix. The mix calls this method.
     */
    static @Nullable Mixed<ResumePoint> mixed(Pass pass, String by) {
        Rest rest = pass.rest();
        if (rest != null) {
            throw new IllegalArgumentException("expected one source to read the rest of epoch " + rest.epoch()
                    + " that other hosts have left, but got " + by
                    + ": a mix of several sources can only be resumed with the same number of hosts as before");
        }
        ResumePoint start = pass.start();
        if (start == null || (start.mixed() == null && start.isBeginning())) {
            return null;
        }
        Mixed<ResumePoint> was = start.mixed();
        if (was == null) {
            throw operator(start, "no mix of several sources", by);
        }
        if (start.identity() != null && !was.by().equals(by)) {
            throw operator(start, was.by(), by);
        }
        operators(start, pass.shard(), start.identity());
        return was;
    }

    /** Checks that the point was taken downstream of the given shuffle. The shuffle calls this method. */
    static void shuffle(ResumePoint start, Blocks blocks) {
        Identity was = start.identity();
        if (was != null && (was.blocks() == null || !was.blocks().isSameShuffle(blocks))) {
            throw operator(start, was.blocks() == null ? "no shuffle" : was.blocks(), blocks.toString());
        }
    }

    /**
     * Checks that the resume point's block spans the same objects as when the point was taken. The shuffle calls this
     * method when the whole block has arrived.
     */
    static void block(ResumePoint start, @Nullable Long span) {
        Identity was = start.identity();
        Blocks blocks = was == null ? null : was.blocks();
        if (blocks != null && !Objects.equals(blocks.span(), span)) {
            throw mismatch(
                    ErrorKind.OTHER_DATA,
                    start,
                    "the resume point is inside a block of " + blocks + ": expected the block's records to be in "
                            + objects(blocks.span()) + ", but got " + objects(span)
                            + ": an object that the block spans was replaced, added or removed");
        }
    }

    /**
     * Checks that a block spans the same objects as in the earlier run that stopped inside the block. The shuffle calls
     * this method when the whole block has arrived.
     */
    static void restored(Restored<ResumePoint, RecordOrigin> block, @Nullable Long span, long more, int rows) {
        Lane lane = block.lane();
        if (more != lane.more() || (span == null ? 0 : span) != lane.span() || rows < lane.seen()) {
            throw new ResumeMismatchException(
                    ErrorKind.OTHER_DATA,
                    "a host has stopped after " + lane.seen()
                            + " rows of a block of its shuffle: expected the block to be"
                            + " in " + objects(lane.more(), lane.span()) + ", but got " + rows + " rows in "
                            + objects(more, span == null ? 0 : span)
                            + ": an object that the block spans was replaced, added or removed; start the epoch again",
                    block.origin().source(),
                    block.start().position(),
                    null);
        }
    }

    private static String objects(long more, long span) {
        return more == 0 ? "one object" : 1 + more + " objects (id " + Fnv1a.hex(span) + ")";
    }

    private static String objects(@Nullable Long span) {
        return span == null ? "one object" : "several objects (id " + Fnv1a.hex(span) + ")";
    }

    /** Checks that the point was taken from this object. The decoder calls this method before it reads the object. */
    static void object(ResumePoint start, ObjectBytes object) {
        Identity was = start.identity();
        Source expected = was == null ? null : was.source();
        if (expected != null) {
            Source found = Source.of(object);
            if (!expected.equals(found)) {
                throw mismatch(
                        ErrorKind.OTHER_DATA,
                        start,
                        "the resume point was taken from other data: expected object " + object.ordinal() + " to be "
                                + expected + ", but got " + found + ", of " + object.size() + " bytes and version "
                                + object.version()
                                + difference(expected, found, object.key())
                                + ": give the pipeline the objects, order and share that the point was taken from");
            }
        }
        long from = start.position().byteOffset();
        if (object.size() != ObjectBytes.UNKNOWN_SIZE && from > object.size()) {
            throw new ResumeMismatchException(
                    ErrorKind.OTHER_DATA,
                    "the resume point is beyond the end of its object: expected at least " + from + " bytes, but got "
                            + object.size()
                            + ": the object was replaced by a shorter one, or an object was added before it",
                    KeyText.quoted(object.key()),
                    start.position(),
                    null);
        }
    }

    /**
     * Returns the part of the message that explains how the list has changed, or an empty string if that is unknown.
     */
    private static String difference(Source expected, Source found, String key) {
        ListOrigin was = expected.list();
        ListOrigin is = found.list();
        if (was == null || is == null || !was.isSameOrder(is)) {
            return "";
        }
        if (was.listed() != ListOrigin.NOT_COUNTED) {
            long more = is.listed() - was.listed();
            return "; the list has "
                    + (more == 0
                            ? "as many objects as before, so objects were replaced or renamed"
                            : Math.abs(more) + (more > 0 ? " more" : " fewer")
                                    + (Math.abs(more) == 1 ? " object" : " objects") + " than before");
        }
        if (expected.hash() == found.hash()) {
            return "; this object is the same, but an object before it in the list was replaced or renamed";
        }
        if (expected.key().equals(key)) {
            return "; this object was replaced: its size or version is different";
        }
        if (key.startsWith(expected.key())) {
            return ""; // the expected key may be truncated
        }
        int order = key.compareTo(expected.key());
        return "; if the list is sorted by key, "
                + (order < 0
                        ? "an object was added before " + KeyText.quoted(expected.key())
                        : KeyText.quoted(expected.key()) + ", or an object before it, was removed");
    }

    /**
     * Checks that the resume point was taken from a stream with this content. The decoder calls this method when the
     * first bytes of the stream have arrived.
     */
    static void content(ResumePoint start, String content, String source) {
        Identity was = start.identity();
        Source expected = was == null ? null : was.source();
        if (expected != null) {
            Source found = Source.ofContent(content);
            if (!expected.equals(found)) {
                throw new ResumeMismatchException(
                        ErrorKind.OTHER_DATA,
                        "the resume point was taken from other data: expected a pipe of " + expected
                                + ", but got one of " + found + WAY_ON,
                        source,
                        start.position(),
                        null);
            }
        }
    }

    private static ResumeMismatchException operator(ResumePoint start, Object expected, String found) {
        return mismatch(
                ErrorKind.OTHER_PIPELINE,
                start,
                "the resume point was taken from a different pipeline: expected " + expected + ", but got " + found
                        + ": give the pipeline the same operators");
    }

    private static ResumeMismatchException mismatch(ErrorKind kind, ResumePoint start, String what) {
        return new ResumeMismatchException(kind, what + WAY_ON, null, start.position(), null);
    }
}
