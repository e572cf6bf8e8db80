package io.pipeflux.samples.tensorflow;

/**
 * The sizes of a training run and its evaluation.
 *
 * @param features the number of float64 values in a record
 * @param epochs the number of passes over the training records
 * @param steps the maximum number of training steps
 * @param evaluationSteps the maximum number of batches in an evaluation
 */
record Plan(int features, int batch, int epochs, int steps, int evaluationSteps) {

    /** The values from the tutorials. */
    static final Plan TUTORIAL = new Plan(1024, 64, 5, 1000, 100);
}
