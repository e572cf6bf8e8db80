package io.pipeflux.samples.training.images;

import static io.pipeflux.core.operator.PipeOperators.mapAndBatch;
import static io.pipeflux.core.operator.PipeOperators.repeat;

import io.pipeflux.core.operator.BatchOptions;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.samples.training.input.EvalInput;
import io.pipeflux.samples.training.input.Hyperparameters;
import io.pipeflux.samples.training.input.InputChannels;
import io.pipeflux.samples.training.input.TrainInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Reads the images and classes of an augmented manifest from pipes that SageMaker or an agent fills. With this class as
 * {@code train-input}, the classifier learns to predict the class, 0 or 1, from the pixels.
 *
 * <p>The hyperparameters {@code height} and {@code width} set the size to which images are resized. The hyperparameter
 * {@code features} must be height x width x 3.
 */
public final class ImageInput implements TrainInput, EvalInput {

    private static final int PARALLEL_BATCHES = 2;

    /**
     * Creates the input. Called by reflection if the hyperparameter {@code train-input} or {@code eval-input} names
     * this class.
     */
    public ImageInput() {}

    @Override
    public Flux<ColumnBatch> trainBatches(InputChannels channels, Hyperparameters parameters) {
        return images(channels, "train", parameters.number("epochs"), parameters)
                .map(ImageInput::toData);
    }

    @Override
    public Flux<ColumnBatch> evalBatches(InputChannels channels, Hyperparameters parameters) {
        return images(channels, "eval", 1, parameters).map(ImageInput::toData);
    }

    /** Returns batches with the columns of {@link ImageDecoder#batch}: images and their labels. */
    public static Flux<ColumnBatch> images(
            InputChannels channels, String channel, int epochs, Hyperparameters parameters) {
        ImageDecoder decoder = ImageDecoder.of(parameters.number("height"), parameters.number("width"));
        return channels.bytes(channel)
                .transform(ImageDecoder.rows().decode())
                .transform(repeat(epochs))
                .transform(mapAndBatch(
                        BatchOptions.of(parameters.number("batch"), PARALLEL_BATCHES)
                                .scheduler(Schedulers.boundedElastic()),
                        decoder::decode))
                .map(decoder::batch);
    }

    /** Returns the columns that the classifier needs. Each colour value of a pixel becomes a feature from 0 to 1. */
    private static ColumnBatch toData(ColumnBatch batch) {
        Column image = batch.column("image");
        ByteBuffer pixels = image.values();
        ByteBuffer data = ByteBuffer.allocate(pixels.remaining() * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (pixels.hasRemaining()) {
            data.putDouble((pixels.get() & 0xff) / 255.0);
        }
        int features = image.size() / image.rows();
        return ColumnBatch.of(
                List.of(
                        Column.of("data", DType.FLOAT64, new int[] {image.rows(), features}, data.flip()),
                        batch.column("labels")),
                batch.resumeAt());
    }
}
