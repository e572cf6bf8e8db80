package io.pipeflux.samples.agent;

/** The ways to share the objects of a channel among hosts. */
enum ShareBy {
    count,
    bytes
}
