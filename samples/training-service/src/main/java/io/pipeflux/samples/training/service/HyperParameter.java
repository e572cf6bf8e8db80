package io.pipeflux.samples.training.service;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A number that is a parameter of a trainer.
 *
 * @param type {@code number} or {@code integer}
 * @param byDefault the value if a request has none
 * @param least the least value that is accepted
 * @param most the greatest value that is accepted
 */
public record HyperParameter(
        String name, Type type, @JsonProperty("default") double byDefault, double least, double most) {

    /** The kinds of numbers, with their names in JSON. */
    public enum Type {
        /** Any number. */
        number,
        /** A whole number. */
        integer
    }
}
