package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;

/**
 * A feature as the peers need it.
 *
 * @param size the number of values per row, unless the feature is ragged
 * @param raw whether the numbers are the bytes of one value
 */
public record FeatureSpec(String key, DType dtype, int size, boolean raw, boolean ragged) {}
