package io.pipeflux.records;

import static io.pipeflux.core.suite.Gzips.gzip;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.suite.AgentMain;
import io.pipeflux.core.suite.AgentMain.Pace;
import io.pipeflux.core.suite.ErrorIds;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.records.recordio.RecordIo;
import io.pipeflux.records.text.TextLines;
import io.pipeflux.records.tfrecord.TfRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The agent's process is killed at a random moment of an epoch, as often as {@code pipeflux.kills} says, 20 by default:
 * the reader gets the whole epoch or an error, and before an error whole records only.
 */
class KilledAgentTest {

    private static final int KILLS = Integer.getInteger("pipeflux.kills", 20);

    /** What an agent streams. */
    enum Form {
        TF_RECORD(TfRecords.format(), records -> join(records.transform(TfRecords.encode()))),
        RECORD_IO(RecordIo.format(), records -> join(records.transform(RecordIo.encode()))),
        TEXT(TextLines.format(), Form::lines),
        GZIP(TextLines.format().compression(Compression.GZIP), records -> gzip(lines(records)));

        private final FrameFormat<RawRecord> format;
        private final Function<Flux<ByteBuffer>, byte[]> encode;

        Form(FrameFormat<RawRecord> format, Function<Flux<ByteBuffer>, byte[]> encode) {
            this.format = format;
            this.encode = encode;
        }

        /** The last line has no line feed: a part of it looks like a line. */
        private static byte[] lines(Flux<ByteBuffer> records) {
            return String.join("\n", texts(records)).getBytes(UTF_8);
        }
    }

    @TempDir
    Path directory;

    private PipeChannels channels;
    private Path file;

    @BeforeEach
    void create() throws IOException {
        channels = PipeChannels.create(PipeOptions.directory(Files.createDirectory(directory.resolve("data"))));
        file = directory.resolve("object");
    }

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
    }

    static LongStream seeds() {
        return ThreadLocalRandom.current().longs(KILLS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theReaderGetsAWholeEpochOrAnError(long seed) throws Exception {
        Random random = new Random(seed);
        Form form = Form.values()[random.nextInt(Form.values().length)];
        Pace pace = random.nextInt(4) == 0 ? Pace.FAST : Pace.PAUSES;
        List<String> expected = write(form, random);
        // beyond the end: between the last byte and the end of the pipe
        long killAfter = Math.min(Files.size(file), (long) (Files.size(file) * random.nextDouble(1.2)));
        Duration delay = Duration.ofNanos(random.nextInt(2) * random.nextInt(3_000_000));

        try (ForkedJvm agent = start(seed, pace)) {
            AtomicBoolean killing = new AtomicBoolean();
            CompletableFuture<Void> killed = new CompletableFuture<>();
            Reading reading = read(form, bytes -> {
                if (bytes >= killAfter && killing.compareAndSet(false, true)) {
                    Mono.delay(delay, Schedulers.boundedElastic())
                            .doOnNext(n -> agent.kill())
                            .subscribe(n -> killed.complete(null), killed::completeExceptionally);
                }
            });
            agent.writeLine("write");
            @Nullable Throwable error = reading.end();
            killed.join();

            String outcome = error == null ? "a whole epoch" : error.getClass().getSimpleName();
            System.out.printf(
                    "seed %d: %s, %s, killed after %d of %d bytes and %s: %s after %d of %d records%n",
                    seed,
                    form,
                    pace,
                    killAfter,
                    Files.size(file),
                    delay,
                    outcome,
                    reading.records.size(),
                    expected.size());
            if (error == null) {
                assertThat(reading.records).containsExactlyElementsOf(expected);
            } else {
                assertThat(error).isInstanceOfAny(PipeException.class, TruncatedInputException.class);
                ErrorIds.assertHasId(error);
                assertThat(reading.records).isEqualTo(expected.subList(0, reading.records.size()));
            }
        }
    }

    /** The bytes are whole, which only the writer knows. */
    @ParameterizedTest
    @EnumSource
    void aWriterThatIsKilledBetweenItsLastByteAndItsEndIsLost(Form form) throws Exception {
        write(form, new Random(1));
        try (ForkedJvm agent = start(1, Pace.NO_END)) {
            long size = Files.size(file);
            Reading reading = read(form, bytes -> {
                if (bytes == size) {
                    agent.kill();
                }
            });
            agent.writeLine("write");
            assertThat(reading.end()).isInstanceOf(PipeException.class).hasMessageContaining("train_0");
        }
    }

    /** The reader comes when the killed agent's pipe is all there is, and waits in it for the next agent's. */
    @Test
    void anAgentThatIsStartedAgainAfterItWasKilledWaitingBeginsAtTheFirstPipe() throws Exception {
        Form form = Form.TEXT;
        List<String> expected = write(form, new Random(2));
        Path pipe = directory.resolve("data/train_0");
        try (ForkedJvm agent = start(2, Pace.FAST)) {
            agent.writeLine("write");
            await().atMost(Duration.ofMinutes(2)).until(() -> Files.exists(pipe));
            agent.kill();
        }
        assertThat(pipe).exists();
        Reading reading = read(form, bytes -> {});
        try (ForkedJvm agent = start(2, Pace.FAST)) {
            agent.writeLine("write");
            assertThat(reading.end()).isNull();
            assertThat(reading.records).containsExactlyElementsOf(expected);
            assertThat(agent.readAnswer()).endsWith("complete=true]");
        }
    }

    private ForkedJvm start(long seed, Pace pace) throws IOException {
        ForkedJvm agent = ForkedJvm.run(AgentMain.class, directory.resolve("data"), file, seed, pace);
        assertThat(agent.readAnswer()).isEqualTo("ready");
        return agent;
    }

    /** Writes an object of numbered records, whose texts are the result. */
    private List<String> write(Form form, Random random) throws IOException {
        List<String> texts = IntStream.range(0, 2000 + random.nextInt(4000))
                .mapToObj(i -> i + "," + Integer.toString(random.nextInt(), 36))
                .toList();
        Files.write(file, form.encode.apply(Flux.fromIterable(texts).map(UTF_8::encode)));
        return texts;
    }

    /** Begins to read an epoch; its bytes so far are given to the callback on the pipe's thread. */
    private Reading read(Form form, LongConsumer onBytes) {
        AtomicLong bytes = new AtomicLong();
        List<String> records = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> end = channels.channel("train")
                .doOnNext(chunk -> onBytes.accept(bytes.addAndGet(chunk.remaining())))
                .transform(form.format.decode())
                .doOnNext(record -> records.add(new String(record.toByteArray(), UTF_8)))
                .then()
                .toFuture();
        return new Reading(records, end);
    }

    private record Reading(List<String> records, CompletableFuture<Void> future) {

        /** Waits for the end; null if it is no error. */
        @Nullable
        Throwable end() {
            return future.handle((nothing, e) -> e).join();
        }
    }

    private static List<String> texts(Flux<ByteBuffer> records) {
        return records.map(record -> UTF_8.decode(record).toString())
                .collectList()
                .block();
    }

    private static byte[] join(Flux<ByteBuffer> chunks) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        chunks.toIterable().forEach(chunk -> {
            while (chunk.hasRemaining()) {
                all.write(chunk.get());
            }
        });
        return all.toByteArray();
    }
}
