package io.pipeflux.samples.training;

/** The ways in which data gets from S3 to the training, named as the values of the option {@code --input-mode}. */
enum Transfer {
    /** An agent in this process fills pipes. */
    pipe,
    /** All objects are downloaded first. */
    file,
    /** First files, then pipes, and a comparison of the two. */
    both
}
