package io.pipeflux.samples.training;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;

/**
 * Reads and writes a model and its optimiser's state as bytes, without loss. All numbers are big-endian.
 *
 * <pre>
 *   int        the version, which is 1
 *   int        n, the number of weights including the bias
 *   n doubles  the weights, the bias last
 *   n doubles  the state of the optimiser (squares)
 * </pre>
 */
public final class ModelState {

    private static final int VERSION = 1;
    private static final int HEADER = 2 * Integer.BYTES;

    private ModelState() {}

    /** Returns a model as bytes. */
    public static byte[] write(LogisticModel model) {
        int count = model.weights().length;
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + 2 * count * Double.BYTES);
        bytes.putInt(VERSION).putInt(count);
        bytes.asDoubleBuffer().put(model.weights()).put(model.squares());
        return bytes.array();
    }

    /**
     * Reads a model.
     *
     * @throws RuntimeException if the bytes are not a model with this number of features
     */
    public static LogisticModel read(byte[] state, int features) {
        ByteBuffer bytes = ByteBuffer.wrap(state);
        int version = state.length < HEADER ? 0 : bytes.getInt();
        int count = state.length < HEADER ? -1 : bytes.getInt();
        if (version != VERSION || state.length != HEADER + 2L * count * Double.BYTES) {
            throw new JobException("expected the state of a model, version " + VERSION + ", in the checkpoint, but got "
                    + state.length + " bytes of version " + version + " with " + count + " weights");
        }
        double[] weights = new double[count];
        double[] squares = new double[count];
        DoubleBuffer values = bytes.asDoubleBuffer();
        values.get(weights).get(squares);
        return checked(LogisticModel.of(weights, squares), features);
    }

    /** @throws JobException if the model does not have this number of features */
    static LogisticModel checked(LogisticModel model, int features) {
        if (model.weights().length != features + 1) {
            throw new JobException("expected a model of " + features + " features in the checkpoint, but got one of "
                    + (model.weights().length - 1));
        }
        return model;
    }
}
