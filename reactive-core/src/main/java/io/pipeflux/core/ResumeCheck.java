package io.pipeflux.core;

import io.pipeflux.core.Identity.Source;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Share;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a resume point was taken from with what it is applied to. Points without an identity fit everywhere.
 */
final class ResumeCheck {

    private static final String WAY_ON =
            "; to go on anyway, start with Pass.resumeAt(point.unchecked()), which compares"
                    + " nothing and may read rows twice and others never";

    private ResumeCheck() {}

    /** At the decoder: every operator downstream has seen the point. */
    static void operators(ResumePoint start, @Nullable Share shard) {
        Identity was = start.identity();
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

    /** At the shuffle. */
    static void shuffle(ResumePoint start, Blocks blocks) {
        Identity was = start.identity();
        if (was != null && (was.blocks() == null || !was.blocks().isSameShuffle(blocks))) {
            throw operator(start, was.blocks() == null ? "no shuffle" : was.blocks(), blocks.toString());
        }
    }

    /** At the shuffle, once the whole block is there that the point counts in. */
    static void block(ResumePoint start, @Nullable Long span) {
        Identity was = start.identity();
        Blocks blocks = was == null ? null : was.blocks();
        if (blocks != null && !Objects.equals(blocks.span(), span)) {
            throw mismatch(
                    start,
                    "the resume point counts the records of a block of " + blocks + ", expected of "
                            + objects(blocks.span()) + ", but got " + objects(span)
                            + ": an object that the block reaches into was replaced, added or removed");
        }
    }

    private static String objects(@Nullable Long span) {
        return span == null ? "one object" : "more objects (id " + Fnv1a.hex(span) + ")";
    }

    /** At the decoder, before the object is read. */
    static void object(ResumePoint start, ObjectBytes object) {
        Identity was = start.identity();
        Source expected = was == null ? null : was.source();
        if (expected != null) {
            Source found = Source.of(object);
            if (!expected.equals(found)) {
                throw mismatch(
                        start,
                        "the resume point was taken from other data: expected object " + object.ordinal() + " to be "
                                + expected + ", but got " + found + ", of " + object.size() + " bytes and version "
                                + object.version()
                                + ": give the pipeline the objects, order and share that the point was taken from");
            }
        }
        long from = start.position().byteOffset();
        if (object.size() != ObjectBytes.UNKNOWN_SIZE && from > object.size()) {
            throw ResumeMismatchException.of(
                    "the resume point is beyond the end of its object: expected at least " + from + " bytes, but got "
                            + object.size()
                            + ": the object was replaced by a shorter one, or another was added before it",
                    KeyText.quoted(object.key()),
                    start.position(),
                    null);
        }
    }

    /** At the decoder, once the stream has brought bytes. */
    static void content(ResumePoint start, String content, String source) {
        Identity was = start.identity();
        Source expected = was == null ? null : was.source();
        if (expected != null) {
            Source found = Source.ofContent(content);
            if (!expected.equals(found)) {
                throw ResumeMismatchException.of(
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
                start,
                "the resume point was taken from another pipeline: expected " + expected + ", but got " + found
                        + ": give the pipeline the same operators");
    }

    private static ResumeMismatchException mismatch(ResumePoint start, String what) {
        return ResumeMismatchException.of(what + WAY_ON, null, start.position(), null);
    }
}
