package io.pipeflux.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.agent.AgentChannel;
import io.pipeflux.core.agent.PipeAgent;
import io.pipeflux.core.codec.Compression;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.codec.RecordIndex;
import io.pipeflux.core.operator.PipeOperators;
import io.pipeflux.core.pipe.ChannelWriter;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.core.pipe.PipeWrite;
import io.pipeflux.core.pipe.UnixPipes;
import io.pipeflux.core.suite.GivenBuffers;
import io.pipeflux.core.suite.GivenBuffers.Consumer;
import io.pipeflux.core.suite.OpenResources;
import io.pipeflux.core.suite.PublicMethods;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Whoever is given buffers leaves them as they are, so that their source may keep them and give them again. */
class ByteConsumersTest {

    /** They look at an object's name and size, and do not read its bytes; the mark is written by users. */
    private static final Set<String> WITHOUT_READING = Set.of(
            "Pass.requireStartIn(ObjectBytes)",
            "RecordOrigin.of(ObjectBytes, Pass)",
            "RecordMark.isBegin(ByteBuffer, int, long)");

    @TempDir
    Path directory;

    private final AtomicInteger pipes = new AtomicInteger();

    @AfterEach
    void leavesNothingOpen() {
        OpenResources.awaitNoneLeft(directory);
    }

    @TestFactory
    Stream<DynamicTest> leavesTheBuffersAsTheyAre() throws IOException {
        return consumers().stream().flatMap(GivenBuffers::tests);
    }

    @Test
    void noPublicMethodIsMissing() throws IOException {
        Set<String> given = PublicMethods.givenBytes(PipeOperators.class);
        assertThat(given).containsAll(WITHOUT_READING);
        given.removeAll(WITHOUT_READING);

        assertThat(consumers()).extracting(Consumer::method).containsAll(given);
    }

    private List<Consumer> consumers() throws IOException {
        byte[] text = text();
        byte[] gzip = compressed(GZIPOutputStream::new);
        byte[] zlib = compressed(DeflaterOutputStream::new);
        byte[] index = "{\"format\":1,\"size\":9,\"etag\":\"e\",\"records\":2,\"every\":1,\"offsets\":[0,5]}"
                .getBytes(US_ASCII);
        FrameFormat<RawRecord> words = FrameFormat.of("words", Words::new);
        RecordBorders lines = RecordBorders.marked(words, 1, 1, (bytes, at, offset) -> bytes.get(at - 1) == '\n');
        return List.of(
                new Consumer(
                        "RecordBorders.next(ObjectBytes, long)",
                        text,
                        bytes -> lines.next(sized(bytes, text.length), text.length / 2)),
                new Consumer(
                        "RecordBorders.ranges(ObjectBytes, long)",
                        text,
                        bytes -> lines.ranges(sized(bytes, text.length), 3000).collectList()),
                new Consumer(
                        "RecordBorders.decode(ObjectBytes, RecordRange, FrameFormat)",
                        text,
                        bytes -> decodedRanges(sized(bytes, text.length), lines, words)),
                new Consumer(
                        "RecordIndex.read(ObjectBytes)",
                        index,
                        bytes -> RecordIndex.read(object(bytes)).map(RecordIndex::toString)),
                new Consumer("FrameFormat.decode()", text, bytes -> records(bytes.transform(words.decode()))),
                new Consumer(
                        "FrameFormat.decode() of GZIP",
                        gzip,
                        bytes -> records(bytes.transform(
                                words.compression(Compression.GZIP).decode()))),
                new Consumer(
                        "FrameFormat.decode() from a start point",
                        text,
                        bytes -> records(bytes.transform(words.decode())
                                .contextWrite(
                                        Pass.resumeAt(new ResumePoint(new Position(0, Position.NO_OBJECT, 5, 1), 0))))),
                new Consumer(
                        "FrameFormat.decodeObjects()",
                        text,
                        bytes -> records(objects(bytes).transform(words.decodeObjects()))),
                new Consumer(
                        "FrameFormat.decodeObjects() of ZLIB",
                        zlib,
                        bytes -> records(objects(bytes)
                                .transform(words.compression(Compression.ZLIB).decodeObjects()))),
                new Consumer(
                        "Compression.inflate()",
                        gzip,
                        bytes -> GivenBuffers.joined(bytes.transform(Compression.GZIP.inflate()))),
                new Consumer(
                        "Compression.inflate() of NONE",
                        text,
                        bytes -> GivenBuffers.joined(bytes.transform(Compression.NONE.inflate()))),
                new Consumer(
                        "Compression.inflate(int)",
                        zlib,
                        bytes -> GivenBuffers.joined(bytes.transform(Compression.ZLIB.inflate(0)))),
                new Consumer(
                        "Compression.inflateObject()",
                        gzip,
                        bytes -> GivenBuffers.joined(
                                Compression.GZIP.inflateObject().apply(object(bytes)))),
                new Consumer(
                        "Compression.inflateObject() of NONE",
                        text,
                        bytes -> GivenBuffers.joined(
                                Compression.NONE.inflateObject().apply(object(bytes)))),
                new Consumer(
                        "Compression.inflateObject(int)",
                        zlib,
                        bytes -> GivenBuffers.joined(
                                Compression.ZLIB.inflateObject(0).apply(object(bytes)))),
                new Consumer("Compression.inflated(int)", gzip, bytes -> inflated(Compression.GZIP, bytes)),
                new Consumer("Compression.inflated(int) of NONE", text, bytes -> inflated(Compression.NONE, bytes)),
                new Consumer(
                        "ObjectBytes.withBytes(long, LongFunction)",
                        text,
                        bytes -> GivenBuffers.joinedCopies(object(Flux.empty())
                                .withBytes(text.length, from -> bytes)
                                .bytes())),
                new Consumer(
                        "ObjectBytes.of(String, long, long, String, LongFunction)",
                        text,
                        bytes -> GivenBuffers.joinedCopies(object(bytes).bytes())),
                new Consumer(
                        "PipeOperators.prefetchBytes(long)",
                        text,
                        bytes -> GivenBuffers.joinedCopies(bytes.transform(PipeOperators.prefetchBytes(4000)))),
                new Consumer(
                        "RawRecord.of(ByteBuffer)",
                        text,
                        bytes -> GivenBuffers.joined(bytes.map(RawRecord::of).map(RawRecord::bytes))),
                new Consumer("NamedPipes.write(Path, Publisher)", text, this::throughAPipe),
                new Consumer("UnixPipes.write(Path, Publisher)", text, this::throughASocket),
                new Consumer("UnixPipes.write(Path, Publisher, PipeAccess)", text, this::throughAGroupsSocket),
                new Consumer("ChannelWriter.write(String, long, Flux, Function)", text, this::throughAChannel),
                new Consumer(
                        "ChannelWriter.write(String, long, String, Flux, Function)", text, this::throughANamedChannel),
                new Consumer(
                        "AgentChannel.of(String, Flux)",
                        text,
                        bytes -> throughAnAgent(agent -> agent.channel(AgentChannel.of("train", objects(bytes))))),
                new Consumer(
                        "PipeAgent.channel(String, Flux)",
                        text,
                        bytes -> throughAnAgent(agent -> agent.channel("train", objects(bytes)))),
                new Consumer(
                        "AgentChannel.form(Function)",
                        text,
                        bytes -> throughAnAgent(agent -> agent.channel(
                                AgentChannel.of("train", objects(Flux.empty())).form(object -> bytes)))));
    }

    /** What is held is read from its beginning and from an offset, twice, and again by who moves its positions. */
    private static Mono<?> inflated(Compression compression, Flux<ByteBuffer> bytes) {
        return compression
                .inflated(1 << 20)
                .apply(object(bytes))
                .flatMap(held -> Flux.just(0L, 100L, 0L, 100L)
                        .concatMap(from -> GivenBuffers.joined(held.bytes(from)))
                        .collectList());
    }

    private Mono<?> throughAPipe(Flux<ByteBuffer> bytes) {
        return Mono.defer(() -> {
            Path pipe = directory.resolve("pipe" + pipes.incrementAndGet());
            NamedPipes.create(pipe);
            return both(NamedPipes.write(pipe, bytes), NamedPipes.read(pipe));
        });
    }

    private Mono<?> throughASocket(Flux<ByteBuffer> bytes) {
        return Mono.defer(() -> {
            Path socket = directory.resolve("socket" + pipes.incrementAndGet());
            return both(UnixPipes.write(socket, bytes), UnixPipes.read(socket));
        });
    }

    private Mono<?> throughAGroupsSocket(Flux<ByteBuffer> bytes) {
        return Mono.defer(() -> {
            Path socket = directory.resolve("socket" + pipes.incrementAndGet());
            return both(UnixPipes.write(socket, bytes, PipeAccess.groupReads()), UnixPipes.read(socket));
        });
    }

    private Mono<?> throughAChannel(Flux<ByteBuffer> bytes) {
        ChannelWriter writer = ChannelWriter.into(directory);
        return throughAChannel(channel -> writer.write(channel, 0, objects(bytes), ObjectBytes::bytes));
    }

    private Mono<?> throughANamedChannel(Flux<ByteBuffer> bytes) {
        ChannelWriter writer = ChannelWriter.into(directory);
        return throughAChannel(channel -> writer.write(channel, 0, "content", objects(bytes), ObjectBytes::bytes));
    }

    private Mono<?> throughAChannel(Function<String, Mono<PipeWrite>> writing) {
        return Mono.defer(() -> {
            String channel = "channel" + pipes.incrementAndGet();
            return both(writing.apply(channel), NamedPipes.read(directory.resolve(channel + "_0")));
        });
    }

    private Mono<?> throughAnAgent(UnaryOperator<PipeAgent> channel) {
        return Mono.defer(() -> {
            Path root = directory.resolve("agent" + pipes.incrementAndGet());
            Path pipe = root.resolve("input/data/train_0");
            Mono<Void> agent = channel.apply(PipeAgent.at(root)).epochs(1).run();
            return GivenBuffers.joined(NamedPipes.read(pipe))
                    .subscribeOn(Schedulers.boundedElastic())
                    .zipWith(agent.thenReturn("done"));
        });
    }

    private static Mono<?> both(Mono<PipeWrite> writing, Flux<ByteBuffer> reading) {
        return Mono.zip(
                writing.subscribeOn(Schedulers.boundedElastic()),
                GivenBuffers.joined(reading).subscribeOn(Schedulers.boundedElastic()));
    }

    private static Mono<?> records(Flux<RawRecord> records) {
        return records.map(record -> new String(record.toByteArray(), US_ASCII)).collectList();
    }

    private static ObjectBytes object(Flux<ByteBuffer> bytes) {
        return ObjectBytes.of("object", 0, ObjectBytes.UNKNOWN_SIZE, null, from -> bytes);
    }

    private static Mono<?> decodedRanges(ObjectBytes object, RecordBorders borders, FrameFormat<RawRecord> format) {
        return records(borders.ranges(object, 3000).concatMap(range -> borders.decode(object, range, format)));
    }

    /** An object that can be read several times, and entered at any byte. */
    private static ObjectBytes sized(Flux<ByteBuffer> given, int size) {
        Flux<ByteBuffer> bytes = given.cache();
        return ObjectBytes.of("object", 0, size, null, from -> from == 0 ? bytes : without(bytes, from));
    }

    private static Flux<ByteBuffer> without(Flux<ByteBuffer> bytes, long first) {
        return Flux.defer(() -> {
            AtomicLong left = new AtomicLong(first);
            return bytes.handle((chunk, sink) -> {
                int skipped = (int) Math.min(left.get(), chunk.remaining());
                left.addAndGet(-skipped);
                if (skipped < chunk.remaining()) {
                    sink.next(chunk.slice(chunk.position() + skipped, chunk.remaining() - skipped));
                }
            });
        });
    }

    private static Flux<ObjectBytes> objects(Flux<ByteBuffer> bytes) {
        return Flux.just(object(bytes));
    }

    private static byte[] text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < 10_000; i++) {
            text.append(i % 7 == 0 ? "x".repeat(i * 3) : Integer.toString(i * 7919))
                    .append("____\n");
        }
        return text.toString().getBytes(US_ASCII);
    }

    private interface Wrapper {
        OutputStream around(OutputStream out) throws IOException;
    }

    private static byte[] compressed(Wrapper wrapper) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = wrapper.around(bytes)) {
            out.write(text());
        }
        return bytes.toByteArray();
    }

    /** Words that end with a line feed. */
    private static final class Words implements FrameDecoder<RawRecord> {

        @Override
        public @Nullable RawRecord decode(FrameBuffer in) {
            long end = in.indexOf((byte) '\n', 0);
            return end >= 0 && in.ensure(end + 1) ? in.record((int) end + 1, 0, (int) end) : null;
        }
    }
}
