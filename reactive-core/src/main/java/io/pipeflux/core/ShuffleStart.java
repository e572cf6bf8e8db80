package io.pipeflux.core;

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
 * @param firstBlock the ordinal of the first block
 * @param drop how many records of that block, permuted, were seen
 */
record ShuffleStart(Pass pass, long firstBlock, int drop) {

    static ShuffleStart of(Pass pass, int block) {
        ResumePoint point = pass.start();
        if (point == null) {
            return new ShuffleStart(pass, 0, 0);
        }
        int seen = (int) (point.nextRecord() % block);
        if (seen > point.drop()) {
            throw new IllegalArgumentException("the start point (" + point.position() + ", drop " + point.drop()
                    + ") is inside a block of " + block
                    + ", and was not made by such a shuffle: start with the shuffle that it was taken from");
        }
        ResumePoint upstream = new ResumePoint(point.position(), point.drop() - seen);
        return new ShuffleStart(pass.startingAt(upstream), point.nextRecord() / block, seen);
    }

    /**
     * The point where a block begins.
     *
     * @param first the first record seen of it
     * @param last the last record seen before it, or null if there was none in this pass
     * @param firstRecord the ordinal of the block's first record, which a filter may have left out
     */
    ResumePoint blockStart(RawRecord first, @Nullable RawRecord last, long firstRecord) {
        if (first.ordinal() == firstRecord) {
            return first.resumeBefore();
        }
        ResumePoint start = pass.start();
        ResumePoint before;
        if (last != null) {
            before = last.resumeAt();
        } else if (start != null) {
            before = start;
        } else {
            Position position = first.position();
            before = new ResumePoint(
                    new Position(position.epoch(), position.hasObject() ? 0 : Position.NO_OBJECT, 0, 0), 0);
        }
        return before.plus(Math.max(0, firstRecord - before.nextRecord()));
    }
}
