package io.pipeflux.samples.tensorflow;

/**
 * How much is trained and evaluated.
 *
 * @param features float64 values of a record
 * @param epochs passes over the training records
 * @param steps the most steps of training
 * @param evaluationSteps the most batches of an evaluation
 */
record Plan(int features, int batch, int epochs, int steps, int evaluationSteps) {

    /** The tutorials' figures. */
    static final Plan TUTORIAL = new Plan(1024, 64, 5, 1000, 100);
}
