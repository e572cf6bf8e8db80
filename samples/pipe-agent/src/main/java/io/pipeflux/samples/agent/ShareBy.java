package io.pipeflux.samples.agent;

/** How the objects of a channel are shared among hosts. */
enum ShareBy {
    count,
    bytes
}
