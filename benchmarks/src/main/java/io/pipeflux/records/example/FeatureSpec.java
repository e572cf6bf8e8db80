package io.pipeflux.records.example;

import io.pipeflux.records.batch.DType;

/**
 * What a peer has to know about a feature.
 *
 * @param size how many values a row has, if not ragged
 * @param raw whether the numbers are the bytes of one value
 */
public record FeatureSpec(String key, DType dtype, int size, boolean raw, boolean ragged) {}
