package io.pipeflux.records.inspect;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.records.DetectedFormat;
import io.pipeflux.records.DetectedFormat.Kind;
import io.pipeflux.records.Formats;
import io.pipeflux.records.aialgs.proto.Record;
import io.pipeflux.records.csv.CsvHeader;
import io.pipeflux.records.csv.CsvRecords;
import io.pipeflux.records.example.proto.Example;
import io.pipeflux.records.example.proto.SequenceExample;
import io.pipeflux.records.inspect.InferredSchema.Records;
import io.pipeflux.records.text.LineOption;
import io.pipeflux.records.text.TextLines;
import java.nio.charset.StandardCharsets;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Infers a schema from the first records of a channel.
 *
 * <pre>{@code
 * InferredSchema found = Schemas.infer(S3Channels.prefix(s3, "s3://bucket/train/").objects(), 1000).block();
 * System.out.println(found + found.toJava());
 * }</pre>
 */
public final class Schemas {

    private static final int FIRST_LINES = 50;
    private static final char COMMA = ',';

    private Schemas() {}

    /**
     * Infers a schema from the first records of a channel. The records may be protobuf messages in TFRecord or RecordIO
     * ({@code tf.train.Example}, {@code SequenceExample} or SageMaker's {@code aialgs.data.Record}), CSV, or lines of
     * JSON. For CSV, this method guesses the delimiter and whether there is a header.
     *
     * <p>Subscribes to {@code objects} two or three times. Each subscription is cancelled as soon as enough records
     * have been read.
     *
     * @param objects the channel's objects, such as those of {@link Formats#dataObjects}
     * @param records the number of records to read, at least 1
     * @return the schema. The Mono is empty if there are no records, and fails with a {@link CorruptRecordException} if
     *     the records have none of these types
     */
    public static Mono<InferredSchema> infer(Flux<ObjectBytes> objects, int records) {
        if (records < 1) {
            throw new IllegalArgumentException("expected at least 1 record to read, but got " + records);
        }
        return Formats.detect(objects)
                .flatMap(found -> found.kind() == Kind.TEXT_LINES
                        ? text(objects, found, records)
                        : frames(objects, found, records));
    }

    private static Mono<InferredSchema> frames(Flux<ObjectBytes> objects, DetectedFormat found, int records) {
        return read(objects, found.format())
                .take(FIRST_LINES)
                .collectList()
                .filter(first -> !first.isEmpty())
                .flatMap(first -> {
                    Records kind = kind(first);
                    Survey survey =
                            kind == Records.TENSORS ? new TensorSurvey() : new ExampleSurvey(kind == Records.SEQUENCE);
                    return survey(read(objects, found.format()), survey, records)
                            .map(all -> new InferredSchema(found, kind, all, COMMA, CsvHeader.NONE));
                });
    }

    private static Flux<RawRecord> read(Flux<ObjectBytes> objects, FrameFormat<RawRecord> format) {
        return objects.transform(format.decodeObjects());
    }

    private static Mono<Survey> survey(Flux<RawRecord> records, Survey survey, int most) {
        return records.take(most)
                .doOnNext(survey::add)
                .then(Mono.fromSupplier(() -> survey))
                .filter(all -> all.rows() > 0);
    }

    /** Returns the first message type with which all records can be parsed without leaving unknown fields. */
    private static Records kind(List<RawRecord> records) {
        if (records.stream().allMatch(record -> isWhole(record, Schemas::example))) {
            return Records.EXAMPLE;
        }
        if (records.stream().allMatch(record -> isWhole(record, Schemas::sequence))) {
            return Records.SEQUENCE;
        }
        if (records.stream().allMatch(record -> isWhole(record, Schemas::tensors))) {
            return Records.TENSORS;
        }
        RawRecord first = records.get(0);
        throw CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.UNKNOWN_FORMAT,
                "expected tf.train.Example, SequenceExample or aialgs.data.Record, but got other records: the first has "
                        + Shown.bytes(first.toByteArray()),
                first.source(),
                first.position(),
                null);
    }

    private static boolean isWhole(RawRecord record, Parser parser) {
        try {
            return parser.isWhole(record.toByteArray());
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    @FunctionalInterface
    private interface Parser {

        /** Parses a message, and returns whether it has no unknown fields. */
        boolean isWhole(byte[] bytes) throws InvalidProtocolBufferException;
    }

    private static boolean example(byte[] bytes) throws InvalidProtocolBufferException {
        Example example = Example.parseFrom(bytes);
        return hasAll(example)
                && hasAll(example.getFeatures())
                && example.getFeatures().getFeatureMap().values().stream().allMatch(Schemas::hasAll);
    }

    private static boolean sequence(byte[] bytes) throws InvalidProtocolBufferException {
        SequenceExample sequence = SequenceExample.parseFrom(bytes);
        return hasAll(sequence) && hasAll(sequence.getContext()) && hasAll(sequence.getFeatureLists());
    }

    private static boolean tensors(byte[] bytes) throws InvalidProtocolBufferException {
        Record tensors = Record.parseFrom(bytes);
        return tensors.getFeaturesCount() + tensors.getLabelCount() > 0
                && hasAll(tensors)
                && tensors.getFeaturesMap().values().stream().allMatch(Schemas::hasAll)
                && tensors.getLabelMap().values().stream().allMatch(Schemas::hasAll);
    }

    private static boolean hasAll(Message message) {
        return message.getUnknownFields().asMap().isEmpty();
    }

    private static Mono<InferredSchema> text(Flux<ObjectBytes> objects, DetectedFormat found, int records) {
        FrameFormat<RawRecord> lines = TextLines.format(LineOption.SKIP_BLANK_LINES, LineOption.SKIP_BYTE_ORDER_MARK)
                .compression(found.compression());
        return read(objects, lines)
                .take(FIRST_LINES)
                .map(RawRecord::copy)
                .collectList()
                .filter(first -> !first.isEmpty())
                .flatMap(first -> {
                    if (isJson(first)) {
                        return survey(read(objects, lines), new JsonSurvey(), records)
                                .map(all -> new InferredSchema(found, Records.JSON, all, COMMA, CsvHeader.NONE));
                    }
                    CsvSurvey guess = CsvSurvey.of(first);
                    Mono<CsvSurvey> named = guess.hasLineBreaksInNames()
                            ? read(objects, csv(guess, CsvHeader.NONE, found))
                                    .next()
                                    .map(guess::named)
                            : Mono.just(guess);
                    return named.flatMap(csv -> survey(read(objects, csv(csv, csv.header(), found)), csv, records)
                            .map(all -> new InferredSchema(found, Records.CSV, all, csv.delimiter(), csv.header())));
                });
    }

    private static FrameFormat<RawRecord> csv(CsvSurvey survey, CsvHeader header, DetectedFormat found) {
        return CsvRecords.format(survey.table(), header).compression(found.compression());
    }

    /**
     * Returns whether the lines are JSON. Usually the first line decides. But if the first line begins with a bracket
     * and is not valid JSON, the other lines decide, because a CSV line can also begin with a bracket.
     */
    private static boolean isJson(List<RawRecord> lines) {
        RawRecord first = lines.get(0);
        if (!begins(first, "{") && !begins(first, "[")) {
            return false;
        }
        List<RawRecord> judges = lines.size() > 1 ? lines.subList(1, lines.size()) : lines;
        return JsonSurvey.mayBeJson(first)
                || 2 * judges.stream().filter(Schemas::looksLikeJson).count() > judges.size();
    }

    /**
     * Returns whether a line looks like JSON. The line need not be valid JSON: for example, it may be an object with
     * names in single quotes. In such a case, an error about invalid JSON helps the user more than a schema that reads
     * the line as text.
     */
    private static boolean looksLikeJson(RawRecord line) {
        return begins(line, "{") ? text(line).endsWith("}") : begins(line, "[") && JsonSurvey.mayBeJson(line);
    }

    private static boolean begins(RawRecord line, String with) {
        return text(line).startsWith(with);
    }

    private static String text(RawRecord line) {
        return new String(line.toByteArray(), StandardCharsets.UTF_8).strip();
    }
}
