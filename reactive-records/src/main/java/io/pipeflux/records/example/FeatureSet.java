package io.pipeflux.records.example;

import io.pipeflux.records.example.Feature.Layout;
import java.util.List;
import java.util.stream.Stream;

/** The features that are asked for at one place of a record, and the table of their keys. Immutable. */
final class FeatureSet {

    private final Place place;
    private final List<Feature> features;
    private final KeyTable keys;

    FeatureSet(Place place, List<Feature> features) {
        this.place = place;
        this.features = features.stream().map(place::checked).toList();
        this.keys = new KeyTable(this.features.stream().flatMap(this::keys).toList());
    }

    /** The keys that are read for a feature, in the order of its writers. */
    private Stream<String> keys(Feature feature) {
        return feature.layout() == Layout.SPARSE && !place.hasTensors()
                ? Stream.of(feature.indices().key(), feature.key())
                : Stream.of(feature.key());
    }

    Place place() {
        return place;
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
