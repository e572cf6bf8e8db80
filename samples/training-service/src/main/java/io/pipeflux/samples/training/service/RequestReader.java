package io.pipeflux.samples.training.service;

import io.pipeflux.s3.S3Uri;
import io.pipeflux.samples.training.input.Printable;
import io.pipeflux.samples.training.input.RecordFormat;
import io.pipeflux.samples.training.service.JobRequest.Mode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads and checks the JSON of a request. What is wrong is named by its path, such as {@code channels.train.uri}. */
final class RequestReader {

    private static final int MOST_NAME = 100;
    private static final int MOST_URI = 2000;
    private static final int MOST_EPOCHS = 10_000;
    private static final int MOST_BATCH = 8192;
    private static final int MOST_COLUMNS = 64;
    private static final int MOST_DIMENSIONS = 8;
    private static final long MOST_BATCH_BYTES = 64 << 20;
    private static final int DEFAULT_BATCH = 64;

    private static final Set<String> FIELDS =
            Set.of("name", "trainer", "mode", "channels", "schema", "hyperParameters", "epochs", "batchSize");
    private static final Set<String> RAW_TYPES = Set.of("float64", "float32", "int64", "int32", "int16", "uint8");

    private static final List<RecordFormat> FORMATS =
            List.of(RecordFormat.tfrecord, RecordFormat.recordio, RecordFormat.recordio_dmlc);

    private final Trainers trainers;

    RequestReader(Trainers trainers) {
        this.trainers = trainers;
    }

    /** @throws RefusedException if the bytes are not a legal request */
    JobRequest read(byte[] json) {
        JsonNode root;
        try {
            root = Json.read(json);
        } catch (JacksonException e) {
            throw RefusedException.invalid(null, "a JSON object", "JSON that is not legal: " + e.getOriginalMessage());
        }
        object(null, root, FIELDS);
        String name = Printable.line(text("name", root.get("name"), "", MOST_NAME));
        Trainer trainer = trainers.find(text("trainer", root.get("trainer"), null, MOST_NAME));
        if (trainer == null) {
            throw RefusedException.invalid("trainer", "one of " + trainers, root.get("trainer"));
        }
        Mode mode = choice("mode", Mode.class, root.get("mode"), Mode.pipe);
        int epochs = whole("epochs", root.get("epochs"), 1, 1, MOST_EPOCHS);
        int batchSize = whole("batchSize", root.get("batchSize"), DEFAULT_BATCH, 1, MOST_BATCH);
        Map<String, ChannelSpec> channels = channels(root.get("channels"));
        List<ColumnSpec> schema = schema(root.get("schema"));
        trainer.check(schema);
        long bytes = schema.stream().mapToLong(ColumnSpec::bytes).sum() * batchSize;
        if (bytes > MOST_BATCH_BYTES) {
            throw RefusedException.invalid("batchSize", "batches of at most " + MOST_BATCH_BYTES + " bytes", bytes);
        }
        Map<String, Double> parameters = hyperParameters(trainer, root.get("hyperParameters"));
        return new JobRequest(
                name.isEmpty() ? null : name, trainer.name(), mode, channels, schema, parameters, epochs, batchSize);
    }

    private static Map<String, ChannelSpec> channels(@Nullable JsonNode node) {
        if (node == null) {
            throw RefusedException.invalid("channels", "an object with the channel train", null);
        }
        object("channels", node, Set.of(JobRequest.TRAIN, JobRequest.EVAL));
        Map<String, ChannelSpec> channels = new LinkedHashMap<>();
        for (String name : List.of(JobRequest.TRAIN, JobRequest.EVAL)) {
            JsonNode channel = node.get(name);
            if (channel != null && !(channel.isNull() && name.equals(JobRequest.EVAL))) {
                channels.put(name, channel("channels." + name, channel));
            } else if (name.equals(JobRequest.TRAIN)) {
                throw RefusedException.invalid("channels.train", "the data to train on", null);
            }
        }
        return channels;
    }

    private static ChannelSpec channel(String field, JsonNode node) {
        object(field, node, Set.of("uri", "format"));
        String uri = text(field + ".uri", node.get("uri"), null, MOST_URI);
        try {
            if (!uri.startsWith("s3://")) {
                throw new IllegalArgumentException();
            }
            S3Uri.parse(uri);
        } catch (IllegalArgumentException e) {
            String why = e.getMessage() == null ? "" : " (" + e.getMessage() + ")";
            throw RefusedException.invalid(field + ".uri", "s3://BUCKET/PREFIX" + why, uri);
        }
        String format = text(field + ".format", node.get("format"), RecordFormat.tfrecord.name(), MOST_NAME);
        for (RecordFormat each : FORMATS) {
            if (each.name().equals(format)) {
                return new ChannelSpec(uri, each);
            }
        }
        throw RefusedException.invalid(field + ".format", "one of " + FORMATS, format);
    }

    private static List<ColumnSpec> schema(@Nullable JsonNode node) {
        if (node == null || !node.isArray() || node.isEmpty() || node.size() > MOST_COLUMNS) {
            throw RefusedException.invalid("schema", "an array of 1 to " + MOST_COLUMNS + " columns", node);
        }
        List<ColumnSpec> columns = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            ColumnSpec column = column("schema[" + i + "]", node.get(i));
            if (ColumnSpec.find(columns, column.name()) != null) {
                throw RefusedException.invalid("schema[" + i + "].name", "a name of its own", column.name());
            }
            columns.add(column);
        }
        return columns;
    }

    private static ColumnSpec column(String field, JsonNode node) {
        object(field, node, Set.of("name", "kind", "type", "shape"));
        String name = text(field + ".name", node.get("name"), null, MOST_NAME);
        ColumnSpec.Kind kind = choice(field + ".kind", ColumnSpec.Kind.class, node.get("kind"), null);
        String type = null;
        if (kind == ColumnSpec.Kind.raw) {
            type = text(field + ".type", node.get("type"), null, MOST_NAME);
            if (!RAW_TYPES.contains(type)) {
                throw RefusedException.invalid(
                        field + ".type", "one of " + RAW_TYPES.stream().sorted().toList(), type);
            }
        } else if (node.has("type") && !node.get("type").isNull()) {
            throw RefusedException.invalid(field + ".type", "a type for columns of kind raw only", node.get("type"));
        }
        List<Integer> shape = new ArrayList<>();
        JsonNode given = node.get("shape");
        if (given != null && !given.isNull()) {
            if (!given.isArray() || given.size() > MOST_DIMENSIONS) {
                throw RefusedException.invalid(
                        field + ".shape", "an array of at most " + MOST_DIMENSIONS + " numbers", given);
            }
            for (int i = 0; i < given.size(); i++) {
                shape.add(whole(field + ".shape[" + i + "]", given.get(i), null, 1, 1 << 20));
                if (shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b) > 1 << 20) {
                    throw RefusedException.invalid(field + ".shape", "at most 1048576 values in a row", given);
                }
            }
        }
        return new ColumnSpec(name, kind, type, shape);
    }

    private static Map<String, Double> hyperParameters(Trainer trainer, @Nullable JsonNode node) {
        Map<String, Double> values = new LinkedHashMap<>();
        trainer.hyperParameters().forEach(declared -> values.put(declared.name(), declared.byDefault()));
        if (node == null || node.isNull()) {
            return values;
        }
        object("hyperParameters", node, values.keySet());
        for (HyperParameter declared : trainer.hyperParameters()) {
            JsonNode given = node.get(declared.name());
            if (given == null) {
                continue;
            }
            boolean integer = declared.type() == HyperParameter.Type.integer;
            double value = given.isNumber() ? given.asDouble(Double.NaN) : Double.NaN;
            if (!(value >= declared.least() && value <= declared.most()) || (integer && value != Math.rint(value))) {
                throw RefusedException.invalid(
                        "hyperParameters." + declared.name(),
                        (integer ? "a whole number" : "a number") + " from " + declared.least() + " to "
                                + declared.most(),
                        given);
            }
            values.put(declared.name(), value);
        }
        return values;
    }

    private static void object(@Nullable String field, JsonNode node, Set<String> fields) {
        if (!node.isObject()) {
            throw RefusedException.invalid(field, "a JSON object", node);
        }
        for (String name : node.propertyNames()) {
            if (!fields.contains(name)) {
                throw RefusedException.invalid(
                        field == null ? name : field + "." + name,
                        "one of the fields " + fields.stream().sorted().toList(),
                        "the unknown field \"" + name + "\"");
            }
        }
    }

    private static String text(String field, @Nullable JsonNode node, @Nullable String byDefault, int most) {
        if ((node == null || node.isNull()) && byDefault != null) {
            return byDefault;
        }
        if (node == null || !node.isString() || node.stringValue().length() > most) {
            throw RefusedException.invalid(field, "a text of at most " + most + " characters", node);
        }
        return node.stringValue();
    }

    private static int whole(String field, @Nullable JsonNode node, @Nullable Integer byDefault, int least, int most) {
        if (node == null && byDefault != null) {
            return byDefault;
        }
        if (node == null
                || !node.isIntegralNumber()
                || !node.canConvertToInt()
                || node.intValue() < least
                || node.intValue() > most) {
            throw RefusedException.invalid(field, "a whole number from " + least + " to " + most, node);
        }
        return node.intValue();
    }

    private static <E extends Enum<E>> E choice(
            String field, Class<E> type, @Nullable JsonNode node, @Nullable E byDefault) {
        if (node == null && byDefault != null) {
            return byDefault;
        }
        List<E> choices = List.of(type.getEnumConstants());
        return choices.stream()
                .filter(choice ->
                        node != null && node.isString() && choice.name().equals(node.stringValue()))
                .findFirst()
                .orElseThrow(() -> RefusedException.invalid(field, "one of " + choices, node));
    }
}
