package io.pipeflux.core.pipe;

import static io.pipeflux.core.operator.PipeOperators.prefetchBytes;
import static io.pipeflux.core.operator.PipeOperators.repeat;
import static io.pipeflux.core.suite.Gzips.gzip;
import static io.pipeflux.core.suite.Resuming.assertRefused;
import static io.pipeflux.core.suite.Resuming.rest;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.OpenResources;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Resuming in pipes whose writer names their content, or does not. */
class PipeResumeTest {

    private static final byte[] RECORDS = ByteFrames.frames("0", "1", "2", "3", "4");

    @TempDir
    Path directory;

    private ChannelWriter writer;
    private @Nullable Disposable agent;

    @BeforeEach
    void makeWriter() {
        writer = ChannelWriter.into(directory);
    }

    @AfterEach
    void nothingIsLeft() {
        stopAgent();
        OpenResources.awaitNoneLeft(directory);
    }

    private void stopAgent() {
        if (agent != null) {
            agent.dispose();
            writer.idle().block();
            agent = null;
        }
    }

    /** A new agent after the one before: its pipes begin at 0 again, with other ids. */
    private void startAgent(@Nullable String content, byte[] bytes) {
        stopAgent();
        Flux<ObjectBytes> objects =
                Flux.just(ObjectBytes.of("o", 0, bytes.length, null, from -> Flux.just(ByteBuffer.wrap(bytes))));
        agent = Flux.range(0, 1000)
                .concatMap(n -> writer.write("train", n, content, objects, ObjectBytes::bytes), 0)
                .subscribe();
    }

    private Flux<ByteBuffer> bytes() {
        return PipeChannels.create(PipeOptions.directory(directory)).channel("train");
    }

    private Flux<RawRecord> records() {
        return bytes().transform(ByteFrames.FORMAT.decode());
    }

    /** The point after the n-th record; asked for when the pipe is long gone. */
    private static ResumePoint after(Flux<RawRecord> records, int n) {
        List<RawRecord> all = records.collectList().block();
        return ResumePoint.fromJson(all.get(n).resumeAt().toJson());
    }

    @Test
    void aPipeOfTheSameContentIsResumedWhateverItsIdAndOneOfOtherContentIsRefused() {
        startAgent("shuffled by 1", RECORDS);
        ResumePoint point = after(records(), 2);
        assertThat(point.toJson()).contains("\"key\":\"shuffled by 1\"");
        startAgent("shuffled by 1", RECORDS);
        assertThat(rest(records(), point)).containsExactly("3", "4");
        assertThat(rest(records().transform(repeat(2)), point)).containsExactly("3", "4", "0", "1", "2", "3", "4");
        startAgent("shuffled by 2", RECORDS);
        assertRefused(records(), point, "shuffled by 1", "shuffled by 2");
        assertThat(rest(records(), point.unchecked())).containsExactly("3", "4");
    }

    @Test
    void theContentIsKnownThroughInflatingAndReadingAhead() {
        Function<Flux<ByteBuffer>, Flux<RawRecord>> decode = bytes -> bytes.transform(prefetchBytes(1 << 20))
                .transform(ByteFrames.FORMAT.compression(Compression.GZIP).decode());
        startAgent("a", gzip(RECORDS));
        ResumePoint point = after(bytes().transform(decode), 2);
        assertThat(point.toJson()).contains("\"key\":\"a\"");
        assertThat(rest(bytes().transform(decode), point)).containsExactly("3", "4");
        startAgent("b", gzip(RECORDS));
        assertRefused(bytes().transform(decode), point, "\"a\"", "\"b\"");
    }

    @Test
    void aPipeThatNamesNoContentIsNotCompared() {
        startAgent("a", RECORDS);
        ResumePoint named = after(records(), 2);
        startAgent(null, RECORDS);
        ResumePoint unnamed = after(records(), 2);
        assertThat(unnamed.toJson()).doesNotContain("\"id\"");
        assertThat(rest(records(), named)).containsExactly("3", "4");
        startAgent("b", RECORDS);
        assertThat(rest(records(), unnamed)).containsExactly("3", "4");
    }
}
