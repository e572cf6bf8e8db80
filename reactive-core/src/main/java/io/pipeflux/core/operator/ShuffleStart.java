package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.RecordOrigin;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.CoreAccess;
import org.jspecify.annotations.Nullable;

/**
 * Where a shuffle begins: at the beginning of a block, whatever the resume point.
 *
 * <pre>
 *   records    0 ......... n ......... 2n ........ 3n
 *                          |------ block 1 -------|
 *   the point              P, drop d + k                 P's record + d = n: it was made by this shuffle
 *   upstream starts at     P, drop d                     and so gives the whole block again
 *   the shuffle drops              k                     of the permuted block
 * </pre>
 *
 * @param pass the pass that upstream sees
 * @param point the resume point, or null at the beginning of an epoch
 * @param firstBlock the ordinal of the first block
 * @param drop how many records of that block, permuted, were seen
 */
record ShuffleStart(Pass pass, @Nullable ResumePoint point, long firstBlock, int drop) {

    private static final CoreAccess CORE = CoreAccess.get();

    static ShuffleStart of(Pass pass, Blocks blocks) {
        ResumePoint point = pass.start();
        if (point == null) {
            return new ShuffleStart(pass, null, 0, 0);
        }
        CORE.requireShuffle(point, blocks);
        int block = blocks.block();
        int seen = (int) (point.nextRecord() % block);
        if (seen > point.drop()) {
            throw new IllegalArgumentException("the start point (" + point.position() + ", drop " + point.drop()
                    + ") is inside a block of " + block
                    + ", and was not made by such a shuffle: start with the shuffle that it was taken from");
        }
        ResumePoint upstream = CORE.inBlocks(point, null, point.drop() - seen);
        return new ShuffleStart(pass.startingAt(upstream), point, point.nextRecord() / block, seen);
    }

    /**
     * Where a block begins.
     *
     * @param point the resume point
     * @param origin of the object that it is in, which need not be that of the first record
     */
    record BlockStart(ResumePoint point, RecordOrigin origin) {}

    /**
     * Where a block begins.
     *
     * @param first the first record seen of it
     * @param last the last record seen before it, or null if there was none in this pass
     * @param firstRecord the ordinal of the block's first record, which a shard or filter may have left out
     */
    BlockStart blockStart(RawRecord first, @Nullable RawRecord last, long firstRecord) {
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
     * Checks the first block that has come: what was seen of it must be there.
     *
     * @param number the block's ordinal
     * @param count how many records it has
     * @param span of its objects, see {@link Blocks}
     * @throws ResumeMismatchException if it is another block than the one that the point counts in
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
     * Checks that rows which are no records come from the beginning of an epoch: a point counts records, and blocks of
     * others have no place among them.
     */
    void requireRecords() {
        if (CORE.startsInsideEpoch(pass)) {
            throw new IllegalArgumentException("a shuffle of rows that are no records cannot begin inside an epoch"
                    + " (" + pass.start() + "), since the point counts records: shuffle the records, before they are"
                    + " mapped or batched");
        }
    }

    /** The data ended before the records that were seen of the first block, or there are fewer in it. */
    TruncatedInputException missing(int found) {
        return TruncatedInputException.of(
                "the data end before the resume point: expected at least " + drop + " records in block " + firstBlock
                        + " of the shuffle, but got " + found,
                null,
                point == null ? null : point.position(),
                null);
    }
}
