package io.pipeflux.samples.training;

/** The ways from S3 to the training that the program can be told to go; named as the option's values are. */
enum Transfer {
    /** An agent in this process fills pipes. */
    pipe,
    /** Everything is downloaded first. */
    file,
    /** One after the other, compared. */
    both
}
