package io.pipeflux.records.example;

import io.pipeflux.records.example.Feature.Layout;
import java.util.List;
import java.util.stream.Stream;

/** The features that are asked for at one place of a record, and the table of their keys. Immutable. */
final class FeatureSet {

    private final FeatureLocation location;
    private final List<Feature> features;
    private final KeyTable keys;

    FeatureSet(FeatureLocation location, List<Feature> features) {
        this.location = location;
        this.features = features.stream().map(location::checked).toList();
        this.keys = new KeyTable(this.features.stream().flatMap(this::keys).toList());
    }

    /** The keys that are read for a feature, in the order of its writers. */
    private Stream<String> keys(Feature feature) {
        return feature.layout() == Layout.SPARSE && !location.hasTensors()
                ? Stream.of(feature.indices().key(), feature.key())
                : Stream.of(feature.key());
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

    /** The names of the columns. */
    Stream<String> columns() {
        return features.stream()
                .flatMap(feature -> feature.layout() == Layout.SPARSE
                        ? Stream.of(feature.indices().name(), feature.name())
                        : Stream.of(feature.name()));
    }
}
