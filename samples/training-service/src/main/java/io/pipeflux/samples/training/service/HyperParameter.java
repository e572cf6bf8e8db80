package io.pipeflux.samples.training.service;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A numeric parameter of a trainer.
 *
 * @param type {@code number} or {@code integer}
 * @param byDefault the value to use if a request does not set the parameter
 * @param least the minimum value
 * @param most the maximum value
 */
public record HyperParameter(
        String name, Type type, @JsonProperty("default") double byDefault, double least, double most) {

    /** The kinds of numbers. The constants' names are the values in JSON. */
    public enum Type {
        /** Any number. */
        number,
        /** A whole number. */
        integer
    }
}
