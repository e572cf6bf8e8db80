package io.pipeflux.core.job;

import io.pipeflux.core.CheckpointException;
import io.pipeflux.core.ResumePoint;
import java.nio.file.Path;
import java.util.Arrays;

/** Saves one checkpoint after the other, each of one byte that is repeated, and says so. */
final class CheckpointProcessMain {

    static final Fingerprint JOB = Fingerprint.of("a", "b");
    private static final int SMALL = 1000;

    private CheckpointProcessMain() {}

    static byte[] state(long step, int size) {
        byte[] state = new byte[size];
        Arrays.fill(state, (byte) step);
        return state;
    }

    /** Arguments: directory, size, steps. The first checkpoint is a small one; the first that fails ends it. */
    public static void main(String[] args) {
        Checkpoints checkpoints = Checkpoints.directory(Path.of(args[0]), JOB);
        long step = checkpoints.latest().map(Checkpoint::step).orElse(0L);
        int size = SMALL;
        for (long end = step + Long.parseLong(args[2]); step < end; size = Integer.parseInt(args[1])) {
            try {
                checkpoints.save(++step, ResumePoint.START, state(step, size));
            } catch (CheckpointException e) {
                System.out.println(e.getMessage());
                return;
            }
            System.out.println(step);
        }
    }
}
