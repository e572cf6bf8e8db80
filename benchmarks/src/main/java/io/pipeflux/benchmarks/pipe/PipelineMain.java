package io.pipeflux.benchmarks.pipe;

import java.io.IOException;

/** A reading process of {@link PipelinePeers}. */
final class PipelineMain {

    private PipelineMain() {}

    /** Reads with the {@link PipelineSide} that each command names, until standard input ends. */
    public static void main(String[] args) throws IOException {
        ReaderMain.serve((side, set, path, checks) -> {
            Tally tally = new Tally(checks);
            PipelineSide.valueOf(side).read(path, set, tally);
            return tally.toString();
        });
    }
}
