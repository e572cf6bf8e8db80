package io.pipeflux.samples.training.service;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a job was asked to do. Everything in it was checked.
 *
 * @param channels {@code train}, and {@code eval} if there is data to evaluate on
 * @param hyperParameters a value for each number that the trainer declares
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

    /** How the data come from the store to the trainer, named as in JSON. */
    public enum Mode {
        /** Through named pipes, while they are trained on. */
        pipe,
        /** As files, before the training begins. */
        file
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
