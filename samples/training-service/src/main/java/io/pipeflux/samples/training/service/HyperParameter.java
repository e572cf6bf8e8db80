package io.pipeflux.samples.training.service;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A number that a trainer can be given.
 *
 * @param type {@code number} or {@code integer}
 * @param byDefault its value if a request has none
 * @param least the least value that is accepted
 * @param most the greatest
 */
public record HyperParameter(
        String name, Type type, @JsonProperty("default") double byDefault, double least, double most) {

    /** The kinds of numbers, named as in JSON. */
    public enum Type {
        /** Any number. */
        number,
        /** A whole number. */
        integer
    }
}
