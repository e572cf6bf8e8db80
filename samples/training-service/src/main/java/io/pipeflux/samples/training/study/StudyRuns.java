package io.pipeflux.samples.training.study;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;

import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.samples.training.TemporaryDirectory;
import io.pipeflux.samples.training.UntilFailure;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.InputMode;
import io.pipeflux.samples.training.modes.ChannelDownload;
import io.pipeflux.samples.training.modes.ModeFigures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Runs the analysis on the channel {@code trips}, in file mode or in pipe mode. The two modes differ only in where the
 * batches come from.
 */
final class StudyRuns {

    private static final String CHANNEL = "trips";
    private static final int BATCH = 4096;
    private static final int PARALLEL_BATCHES = 2;

    private final Path directory;
    private final S3AsyncClient client;
    private final String uri;
    private int runs;

    /** @param directory the directory in which the pipes and files are created */
    StudyRuns(Path directory, S3AsyncClient client, String uri) {
        this.directory = directory;
        this.client = client;
        this.uri = uri;
    }

    record Result(ModeFigures figures, List<StreamingPca.Component> components) {}

    /**
     * Downloads all files, then reads them. The operating system probably still caches the files when they are read.
     */
    Result inFiles() throws IOException {
        long start = System.nanoTime();
        try (TemporaryDirectory temporary = TemporaryDirectory.create("pipeflux-files-")) {
            Path root = temporary.path();
            long bytes = ChannelDownload.of(
                            client, uri, root.resolve("input/data").resolve(CHANNEL))
                    .blockOptional()
                    .orElseThrow();
            return analyse(InputChannels.of(root, Map.of(CHANNEL, InputMode.FILE)), Flux.never(), start, bytes);
        }
    }

    /** Reads a pipe while an agent fills it. */
    Result inPipes() {
        long start = System.nanoTime();
        Path root = directory.resolve("ml-" + runs++);
        Sinks.Empty<ColumnBatch> failure = Sinks.empty();
        Disposable agent = PipeAgent.at(root)
                .channel(CHANNEL, S3Channels.prefix(client, uri).objects())
                .epochs(1)
                .run()
                .subscribe(done -> {}, failure::tryEmitError);
        try {
            return analyse(
                    InputChannels.of(root, Map.of(CHANNEL, InputMode.PIPE)),
                    failure.asMono().flux(),
                    start,
                    0);
        } finally {
            agent.dispose();
        }
    }

    private static Result analyse(InputChannels channels, Flux<ColumnBatch> failure, long start, long diskBytes) {
        Flux<ColumnBatch> input = channels.records(CHANNEL, TextLines.format())
                .transform(
                        mapAndBatch(BATCH, PARALLEL_BATCHES, TripData.schema().batches()))
                .transform(UntilFailure.of(failure.then()));
        StreamingPca pca = StreamingPca.of(TripData.COLUMNS.size());
        long firstBatch = 0;
        try (Stream<ColumnBatch> batches = input.toStream(1)) {
            Iterator<ColumnBatch> each = batches.iterator();
            while (each.hasNext()) {
                ColumnBatch batch = each.next();
                firstBatch = firstBatch == 0 ? System.nanoTime() : firstBatch;
                pca.add(TripData.values(batch));
            }
        }
        List<StreamingPca.Component> components = pca.components();
        long end = System.nanoTime();
        return new Result(
                new ModeFigures(firstBatch - start, end - start, diskBytes, channels.bytesRead()), components);
    }
}
