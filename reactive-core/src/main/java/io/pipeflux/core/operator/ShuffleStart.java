package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Rest.Restored;
import org.jspecify.annotations.Nullable;

/**
 * The start of a shuffle. It is always the beginning of a block, even if the resume point is inside a block.
 *
 * <pre>
 *   records             0 ......... n ......... 2n ........ 3n
 *                                   |- block 1 -|
 *   resume point        P, drop d + k           d records after P, block 1 begins; k of its records were emitted
 *   upstream resumes    P, drop d               at the beginning of block 1, so the whole block is read again
 *   the shuffle drops   k                       records of the permuted block
 * </pre>
 *
 * @param pass the pass for upstream
 * @param point the resume point, or null at the beginning of an epoch
 * @param firstBlock the ordinal of the first block
 * @param drop the number of records of that block, in permuted order, that were emitted before the resume point
 * @param firstPermutedAs the block number that determines the first block's permutation, or null if the block's ordinal
 *     determines it
 */
record ShuffleStart(
        Pass pass,
        @Nullable ResumePoint point,
        long firstBlock,
        int drop,
        @Nullable Long firstPermutedAs) {

    private static final CoreAccess CORE = CoreAccess.get();

    static ShuffleStart of(Pass pass, Blocks blocks) {
        ResumePoint point = pass.start();
        if (point == null) {
            return new ShuffleStart(pass, null, 0, 0, null);
        }
        CORE.requireShuffle(point, blocks);
        int block = blocks.block();
        int seen = (int) (point.nextRecord() % block);
        if (seen > point.drop()) {
            throw new IllegalArgumentException("the start point (" + point.position() + ", drop " + point.drop()
                    + ") is inside a block of " + block
                    + ", but was not made by such a shuffle: start with the shuffle that it was taken from");
        }
        ResumePoint upstream = CORE.inBlocks(point, null, point.drop() - seen);
        return new ShuffleStart(
                pass.startingAt(upstream), point, point.nextRecord() / block, seen, CORE.permutedAs(point));
    }

    /**
     * Throws an exception if the first record of a block is missing, and the pass reads only the rest of an epoch (the
     * records that other hosts have not read). In such a pass, ordinals may have a gap before a block, and a resume
     * point before the gap would not lead to that block.
     *
     * @param first the first of the block's records to arrive
     * @param firstRecord the ordinal at which the block begins
     */
    void requireFirst(RawRecord first, long firstRecord) {
        if (first.ordinal() != firstRecord && CORE.rest(pass) != null) {
            throw new IllegalArgumentException("expected record " + firstRecord
                    + " as the first one of a block, in the rest of epoch " + pass.epoch()
                    + " that other hosts have left, but got record " + first.ordinal()
                    + ": filter records after the shuffle, and not before it, or resume with the same number of hosts");
        }
    }

    /** Returns the block number that determines a block's permutation, or null if the block's ordinal determines it. */
    @Nullable
    Long permutedAs(long block) {
        return block == firstBlock ? firstPermutedAs : null;
    }

    /**
     * The start of a block.
     *
     * @param point the resume point at the beginning of the block
     * @param origin the origin of the object that contains this point; the first record of the block may have a
     *     different origin
     */
    record BlockStart(ResumePoint point, RecordOrigin origin) {}

    /**
     * Returns the start of a block.
     *
     * @param first the first of the block's records to arrive
     * @param last the record that arrived before {@code first}, or null if {@code first} is the first record of this
     *     pass
     * @param firstRecord the ordinal at which the block begins; a shard or filter may have removed the record with this
     *     ordinal
     * @param restored the state of the block if an earlier run has begun the block, otherwise null
     */
    BlockStart blockStart(
            RawRecord first,
            @Nullable RawRecord last,
            long firstRecord,
            @Nullable Restored<ResumePoint, RecordOrigin> restored) {
        if (restored != null) {
            return new BlockStart(restored.start(), restored.origin());
        }
        if (first.ordinal() == firstRecord) {
            return new BlockStart(first.resumeBefore(), CORE.origin(first));
        }
        ResumePoint start = pass.start();
        RecordOrigin firstOfPass = CORE.firstOfEpoch(CORE.origin(first));
        ResumePoint before;
        if (last != null) {
            before = last.resumeAt();
        } else if (start != null && !start.isBeginning()) {
            before = start;
        } else {
            before = CORE.beginning(firstOfPass);
        }
        return new BlockStart(
                before.plus(Math.max(0, firstRecord - before.nextRecord())),
                last == null ? firstOfPass : CORE.origin(last));
    }

    /**
     * Checks the first block of this run: it must contain the records that were emitted before the resume point.
     *
     * @param number the block's ordinal
     * @param count the number of records in the block
     * @param span the hash of the objects that the block spans; see {@link Blocks}
     * @throws ResumeMismatchException if the block spans different objects than the block that the point was taken from
     * @throws TruncatedInputException if the block has a different ordinal, or contains fewer records than were emitted
     *     before the resume point
     */
    void requireBlock(long number, int count, @Nullable Long span) {
        if (drop == 0 || point == null) {
            return;
        }
        if (number == firstBlock) {
            CORE.requireSpan(point, span);
        }
        if (number != firstBlock || count < drop) {
            throw missing(number == firstBlock ? count : 0);
        }
    }

    /**
     * Throws an exception if the pass starts inside an epoch. Called when the rows are not records: resume points count
     * only records, so a shuffle of other rows cannot be resumed.
     */
    void requireRecords() {
        if (CORE.startsInsideEpoch(pass)) {
            throw new IllegalArgumentException("a shuffle of rows that are not records cannot begin inside an epoch"
                    + " (" + pass.start() + "), since the point counts records: shuffle the records, before they are"
                    + " mapped or batched");
        }
    }

    /**
     * Returns the error for data that ends before the resume point: the first block is missing or has too few records.
     *
     * @param found the number of records in the first block
     */
    TruncatedInputException missing(int found) {
        return CoreAccess.exception(
                TruncatedInputException.class,
                ErrorKind.END_BEFORE_START,
                "the data end before the resume point: expected at least " + drop + " records in block " + firstBlock
                        + " of the shuffle, but got " + found,
                null,
                point == null ? null : point.position(),
                null);
    }
}
