package io.pipeflux.samples.agent;

/** The ways to divide the objects of a channel among hosts. */
enum ShareBy {
    count,
    bytes
}
