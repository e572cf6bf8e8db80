package io.pipeflux.samples.training;

/**
 * The ways in which the training data can be read from S3. The constants' names are the values of {@code --input-mode}.
 */
enum Transfer {
    /** An agent in this process fills pipes. */
    pipe,
    /** All objects are downloaded first. */
    file,
    /** The job runs twice, once with files and once with pipes, and the two runs are compared. */
    both
}
