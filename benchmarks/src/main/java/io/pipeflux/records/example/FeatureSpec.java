package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;

/**
 * The information that peers need about a feature.
 *
 * @param size the number of values per row, unless the feature is ragged
 * @param raw whether the numbers are encoded in a single bytes value
 */
public record FeatureSpec(String key, DType dtype, int size, boolean raw, boolean ragged) {}
