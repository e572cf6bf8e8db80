package io.pipeflux.records.example;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The features that a schema reads from one part of a record, with a table of the keys of these features. Immutable.
 */
final class FeatureSet {

    private final FeatureLocation location;
    private final List<Feature> features;
    private final KeyTable keys;

    FeatureSet(FeatureLocation location, List<Feature> features) {
        this.location = location;
        this.features = features.stream().map(location::checked).toList();
        this.keys = new KeyTable(
                this.features.stream().flatMap(this::keys).distinct().toList());
    }

    /**
     * Returns the keys that are read for a feature. In a record with tensors, this is the key of the feature's tensor.
     * In any other record, these are the keys of the feature's writers, in the order of the writers.
     */
    private Stream<String> keys(Feature feature) {
        return location.hasTensors() ? Stream.of(feature.key()) : feature.keys();
    }

    /**
     * Returns one sink for each key, in the order of the keys in the table.
     *
     * @param sinks the sinks of all features, in the order of the features and, within each feature, in the order of
     *     the feature's keys
     * @param all combines the sinks of one key into one sink
     */
    <S> List<S> byKey(List<? extends S> sinks, Function<List<S>, S> all) {
        Map<String, List<S>> ofKey = new LinkedHashMap<>();
        List<String> names = features.stream().flatMap(this::keys).toList();
        for (int i = 0; i < names.size(); i++) {
            ofKey.computeIfAbsent(names.get(i), name -> new ArrayList<>()).add(sinks.get(i));
        }
        return ofKey.values().stream().map(all).toList();
    }

    FeatureLocation location() {
        return location;
    }

    List<Feature> features() {
        return features;
    }

    KeyTable keys() {
        return keys;
    }

    /** Returns the names of the columns. */
    Stream<String> columns() {
        return features.stream().flatMap(Feature::columns);
    }
}
