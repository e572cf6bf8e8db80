package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.Reader.PassResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The result of a measured pass, in which one side reads a data set once. Each result is written as one line of CSV.
 */
record PeerPass(String set, From from, PipelineSide side, int round, PassResult result) {

    static final String HEADER =
            "set,from,side,round,rows,bytes,nanos,cpu_nanos,gc_pauses,gc_millis,heap_bytes,resident_bytes";

    String toCsv() {
        return String.join(
                ",",
                set,
                from.name(),
                side.name(),
                Integer.toString(round),
                result.counted().split(":", 2)[0],
                Long.toString(result.bytes()),
                Long.toString(result.nanos()),
                Long.toString(result.cpuNanos()),
                Long.toString(result.pauses()),
                Long.toString(result.pauseMillis()),
                Long.toString(result.heapBytes()),
                Long.toString(result.residentBytes()));
    }

    /** Reads a file that consists of a header and the lines that {@link #toCsv} returns. */
    static List<PeerPass> read(Path csv) throws IOException {
        return Files.readAllLines(csv).stream().skip(1).map(PeerPass::of).toList();
    }

    private static PeerPass of(String line) {
        String[] fields = line.split(",", -1);
        return new PeerPass(
                fields[0],
                From.valueOf(fields[1]),
                PipelineSide.valueOf(fields[2]),
                Integer.parseInt(fields[3]),
                new PassResult(
                        fields[4],
                        Long.parseLong(fields[5]),
                        Long.parseLong(fields[6]),
                        Long.parseLong(fields[7]),
                        Long.parseLong(fields[8]),
                        Long.parseLong(fields[9]),
                        Long.parseLong(fields[10]),
                        Long.parseLong(fields[11])));
    }
}
