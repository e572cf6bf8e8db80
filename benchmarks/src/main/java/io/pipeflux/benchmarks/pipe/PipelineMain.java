package io.pipeflux.benchmarks.pipe;

import java.io.IOException;

/** The main class of the processes that {@link PipelinePeers} starts. */
final class PipelineMain {

    private PipelineMain() {}

    /** Executes commands until standard input ends. Each command names a {@link PipelineSide} to read with. */
    public static void main(String[] args) throws IOException {
        ReaderMain.serve((side, set, path, checks) -> {
            Tally tally = new Tally(checks);
            PipelineSide.valueOf(side).read(path, set, tally);
            return tally.toString();
        });
    }
}
