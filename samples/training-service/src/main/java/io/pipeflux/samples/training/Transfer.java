package io.pipeflux.samples.training;

/**
 * The ways in which data get from S3 to the training. Their names are the values of the option {@code --input-mode}.
 */
enum Transfer {
    /** An agent in this process fills pipes. */
    pipe,
    /** All objects are downloaded first. */
    file,
    /** A run with files, a run with pipes, and a comparison of the two. */
    both
}
