package io.pipeflux.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.test.FrameFormatContract.Sample;
import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** Plants a fault in a format, and expects the contract's tests to find it. */
class BrokenFormatsTest {

    private static final int FRAME = 3; // a length byte, which is 2, and two bytes

    /** A fault, and the tests that must fail because of it. */
    enum Fault {
        NO_LIMIT(() -> in -> frame(in, length(in)), "aRecordBeyondTheMaximumIsRefused"),
        CHECKS_THE_LIMIT_OF_WHAT_HAS_ARRIVED(
                () -> in -> in.ensure(1) && in.ensure(1 + length(in)) ? checked(in) : null,
                "aRecordBeyondTheMaximumIsRefused"),
        READS_WHAT_HAS_NOT_ARRIVED(
                () -> in -> in.ensure(1) ? in.record(FRAME, 1, 2) : null, "recordsAreTheSameHoweverTheBytesAreCut"),
        TAKES_A_CUT_FRAME_FOR_A_RECORD(
                () -> new FrameDecoder<>() {
                    @Override
                    public @Nullable RawRecord decode(FrameBuffer in) {
                        return checked(in);
                    }

                    @Override
                    public @Nullable RawRecord decodeEnd(FrameBuffer in) {
                        RawRecord whole = decode(in);
                        int rest = (int) in.available();
                        boolean cut = whole == null && rest > 0 && in.ensure(rest);
                        return cut ? in.record(rest, 1, rest - 1) : whole;
                    }
                },
                "anInputThatEndsInsideAFrameIsTruncated",
                "objectsAreReadOneByOne"),
        ONE_DECODER_FOR_ALL(Fault::shared, "subscriptionsShareNothing"),
        LOOKS_AT_THE_NEXT_FRAME(
                () -> new FrameDecoder<>() {
                    @Override
                    public @Nullable RawRecord decode(FrameBuffer in) {
                        return in.ensure(FRAME + 1) ? checked(in) : null;
                    }

                    @Override
                    public @Nullable RawRecord decodeEnd(FrameBuffer in) {
                        return checked(in);
                    }
                },
                "noMoreChunksAreRequestedThanNeeded",
                "anErrorOfTheSourceComesAfterTheRecordsBeforeIt"),
        HEADER_WITHOUT_A_MAXIMUM(
                () -> in -> {
                    int header = 0;
                    while (in.ensure(header + 1) && in.array()[in.position() + header] < 0) {
                        header++;
                    }
                    if (header > 0 && in.ensure(header + 1)) {
                        throw in.corrupt("a header of " + header + " bytes");
                    }
                    return header > 0 ? null : checked(in);
                },
                "anEndlessFrameIsRefused"),
        THROWS_WHAT_IS_NO_ERROR_OF_DATA(
                () -> in -> {
                    if (in.ensure(1) && length(in) > 2) {
                        throw new IllegalStateException("a length of " + length(in));
                    }
                    return checked(in);
                },
                "aDamagedInputFailsTheSameWayHoweverItIsCut"),
        SKIPS_A_BYTE_OF_EACH_CHUNK(
                () -> in -> {
                    if (in.ensure(FRAME) && in.available() == FRAME) {
                        in.skip(1);
                    }
                    return checked(in);
                },
                "recordsAreTheSameHoweverTheBytesAreCut"),
        WRITES_INTO_THE_CHUNK(
                () -> in -> {
                    if (in.ensure(FRAME)) {
                        in.array()[in.position()] = 2;
                        RawRecord record = checked(in);
                        in.array()[in.position() - 1] = 'x';
                        return record;
                    }
                    return null;
                },
                "chunksAreLeftAsTheyAre"),
        RECORDS_WITHOUT_A_STREAM(
                () -> in -> {
                    RawRecord record = checked(in);
                    return record == null ? null : RawRecord.of(record.bytes());
                },
                "recordsAreTheSameHoweverTheBytesAreCut",
                "readingResumesAfterAnyRecord");

        private final Supplier<? extends FrameDecoder<RawRecord>> decoders;
        private final List<String> found;

        Fault(Supplier<? extends FrameDecoder<RawRecord>> decoders, String... found) {
            this.decoders = decoders;
            this.found = List.of(found);
        }

        private static final FrameDecoder<RawRecord> SHARED = new Counting();

        private static FrameDecoder<RawRecord> shared() {
            return SHARED;
        }
    }

    /** Remembers between two calls how much of a frame there was. */
    private static final class Counting implements FrameDecoder<RawRecord> {

        private long seen;

        @Override
        public @Nullable RawRecord decode(FrameBuffer in) {
            if (in.available() == 0) {
                return null;
            }
            if (seen > in.available()) {
                throw in.corrupt("fewer bytes than before");
            }
            RawRecord record = checked(in);
            seen = record == null ? in.available() : 0;
            return record;
        }
    }

    private static int length(FrameBuffer in) {
        return in.ensure(1) ? in.array()[in.position()] : 0;
    }

    private static @Nullable RawRecord frame(FrameBuffer in, int length) {
        return in.ensure(1 + length) && in.available() > 0 ? in.record(1 + length, 1, length) : null;
    }

    private static @Nullable RawRecord checked(FrameBuffer in) {
        if (!in.ensure(1)) {
            return null;
        }
        int length = length(in);
        if (length != 2) {
            throw in.corrupt("expected a length of 2, but got " + length);
        }
        in.checkLength(length);
        return frame(in, length);
    }

    private record Contract(
            FrameFormat<RawRecord> format,
            List<Sample> samples,
            @Nullable Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder,
            boolean mayEndInsideAFrame)
            implements FrameFormatContract {

        static Contract of(
                Supplier<? extends FrameDecoder<RawRecord>> decoders,
                @Nullable Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder) {
            List<Sample> samples = Stream.of("ab", "cd", "ef", "gh")
                    .map(word -> Sample.of(ByteFrames.frames(word), word.getBytes(StandardCharsets.UTF_8)))
                    .toList();
            return new Contract(FrameFormat.of("Broken", decoders), samples, encoder, false);
        }

        Set<String> failing() {
            Set<String> failing = new TreeSet<>();
            Arrays.stream(FrameFormatContract.class.getMethods())
                    .filter(method -> method.isAnnotationPresent(Test.class))
                    .forEach(method -> {
                        try {
                            method.invoke(this);
                        } catch (InvocationTargetException e) {
                            failing.add(method.getName());
                        } catch (IllegalAccessException e) {
                            throw new AssertionError(e);
                        }
                    });
            return failing;
        }
    }

    private static Flux<ByteBuffer> encode(Flux<ByteBuffer> payloads) {
        return payloads.map(payload -> ByteBuffer.allocate(FRAME)
                .put((byte) 2)
                .put(payload.duplicate())
                .flip());
    }

    @Test
    void theFormatWithoutAFaultPasses() {
        assertThat(Contract.of(() -> BrokenFormatsTest::checked, BrokenFormatsTest::encode)
                        .failing())
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aFaultIsFound(Fault fault) {
        assertThat(Contract.of(fault.decoders, null).failing()).containsAll(fault.found);
    }

    @Test
    void faultsOfEncodersAreFound() {
        List<Function<Flux<ByteBuffer>, Flux<ByteBuffer>>> encoders = List.of(
                payloads -> encode(payloads).skip(1), // loses one
                payloads -> encode(payloads.publishOn(Schedulers.immediate(), 2)), // reads ahead
                payloads -> payloads.map(
                        payload -> // moves the position
                        ByteBuffer.allocate(FRAME).put((byte) 2).put(payload).flip()));
        for (Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encoder : encoders) {
            assertThat(Contract.of(() -> BrokenFormatsTest::checked, encoder).failing())
                    .containsExactly("whatIsEncodedIsDecodedAgain");
        }
    }

    @Test
    void tooFewSamplesAreRefused() {
        Contract whole = Contract.of(() -> BrokenFormatsTest::checked, null);
        Contract two = new Contract(whole.format(), whole.samples().subList(0, 2), null, false);
        assertThatThrownBy(two::anInputWithoutBytesHasNoRecords)
                .hasMessageContaining("at least 3 different frames, but got 2 in 2 samples");
    }

    @Test
    void samplesThatAreTheSameAreRefused() {
        Contract whole = Contract.of(() -> BrokenFormatsTest::checked, null);
        Sample first = whole.samples().get(0);
        Contract same = new Contract(whole.format(), List.of(first, first, first, first), null, false);
        assertThatThrownBy(same::anInputWithoutBytesHasNoRecords)
                .hasMessageContaining("at least 3 different frames, but got 1 in 4 samples");
    }

    @Test
    void aDifferenceNamesTheRecordAndTheChunking() {
        Contract right = Contract.of(() -> BrokenFormatsTest::checked, null);
        Sample other = Sample.of(ByteFrames.frames("cd"), new byte[] {'c', 'x'});
        List<Sample> samples =
                List.of(right.samples().get(0), other, right.samples().get(2));
        assertThatThrownBy(new Contract(right.format(), samples, null, false)::recordsAreTheSameHoweverTheBytesAreCut)
                .hasMessage("whole: expected record 1 to be [6378], but got [6364] (expected 3 records, got 3)");
    }
}
