package io.pipeflux.samples.training.service;

import static io.pipeflux.samples.training.service.RefusedException.require;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pipeflux.samples.training.input.Printable;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request that creates a job.
 *
 * @param channels {@code train}, and {@code eval} if there is data for evaluations
 * @param hyperParameters the values of the trainer's numeric parameters
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobRequest(
        @Nullable String name,
        String trainer,
        Mode mode,
        Map<String, ChannelSpec> channels,
        List<ColumnSpec> schema,
        Map<String, Double> hyperParameters,
        int epochs,
        int batchSize) {

    static final String TRAIN = "train";
    static final String EVAL = "eval";

    private static final int MOST_NAME = 100;
    private static final int MOST_EPOCHS = 10_000;
    private static final int MOST_BATCH = 8192;
    private static final int MOST_COLUMNS = 64;
    private static final long MOST_BATCH_BYTES = 64 << 20;
    private static final int DEFAULT_BATCH = 64;

    /**
     * The ways in which data are transferred from the store to the trainer. The constants' names are the values in
     * JSON.
     */
    public enum Mode {
        /** The data are streamed through named pipes during the training. */
        pipe,
        /** The data are downloaded as files before the training begins. */
        file
    }

    /**
     * Creates a request from JSON, and validates it. Missing values get their defaults. The trainer validates its own
     * parameters.
     */
    @JsonCreator
    static JobRequest of(
            @JsonProperty("name") @Nullable String name,
            @JsonProperty("trainer") @Nullable String trainer,
            @JsonProperty("mode") @Nullable Mode mode,
            @JsonProperty("channels") @Nullable Map<String, @Nullable ChannelSpec> channels,
            @JsonProperty("schema") @Nullable List<@Nullable ColumnSpec> schema,
            @JsonProperty("hyperParameters") @Nullable Map<String, @Nullable Double> hyperParameters,
            @JsonProperty("epochs") @Nullable Integer epochs,
            @JsonProperty("batchSize") @Nullable Integer batchSize) {
        require(
                name == null || name.length() <= MOST_NAME,
                "name",
                "a text of at most " + MOST_NAME + " characters",
                name);
        JobRequest request = new JobRequest(
                name == null || name.isEmpty() ? null : Printable.line(name),
                trainer == null ? "" : trainer,
                mode == null ? Mode.pipe : mode,
                withoutNulls(channels),
                columns(schema),
                withoutNulls(hyperParameters),
                whole("epochs", epochs, 1, MOST_EPOCHS),
                whole("batchSize", batchSize, DEFAULT_BATCH, MOST_BATCH));
        for (String channel : request.channels.keySet()) {
            require(
                    channel.equals(TRAIN) || channel.equals(EVAL),
                    "channels." + channel,
                    "one of the fields [" + EVAL + ", " + TRAIN + "]",
                    "the unknown field \"" + channel + "\"");
        }
        require(request.channels.containsKey(TRAIN), "channels.train", "the data to train on", null);
        long bytes = request.schema.stream().mapToLong(ColumnSpec::bytes).sum() * request.batchSize;
        require(bytes <= MOST_BATCH_BYTES, "batchSize", "batches of at most " + MOST_BATCH_BYTES + " bytes", bytes);
        return request;
    }

    private static <V> Map<String, V> withoutNulls(@Nullable Map<String, @Nullable V> given) {
        Map<String, V> values = new LinkedHashMap<>();
        if (given != null) {
            given.forEach((name, value) -> {
                if (value != null) {
                    values.put(name, value);
                }
            });
        }
        return values;
    }

    private static List<ColumnSpec> columns(@Nullable List<@Nullable ColumnSpec> given) {
        if (given == null || given.isEmpty() || given.size() > MOST_COLUMNS || given.contains(null)) {
            throw RefusedException.invalid("schema", "an array of 1 to " + MOST_COLUMNS + " columns", given);
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < given.size(); i++) {
            ColumnSpec column = given.get(i);
            require(
                    column != null && names.add(column.name()),
                    "schema[" + i + "].name",
                    "a name of its own",
                    column == null ? null : column.name());
        }
        return given.stream().map(ColumnSpec.class::cast).toList();
    }

    private static int whole(String field, @Nullable Integer given, int byDefault, int most) {
        int value = given == null ? byDefault : given;
        require(value >= 1 && value <= most, field, "a whole number from 1 to " + most, value);
        return value;
    }

    /** Returns a copy of this request with other values for the trainer's parameters. */
    JobRequest with(Map<String, Double> parameters) {
        return new JobRequest(name, trainer, mode, channels, schema, parameters, epochs, batchSize);
    }

    ChannelSpec train() {
        ChannelSpec train = channels.get(TRAIN);
        if (train == null) {
            throw new IllegalStateException("expected a request with a channel train, but got " + channels.keySet());
        }
        return train;
    }

    @Nullable
    ChannelSpec eval() {
        return channels.get(EVAL);
    }
}
