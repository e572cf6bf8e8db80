package io.pipeflux.records.example;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.example.Feature.Layout;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** The parts of a record that can contain a feature. */
enum FeatureLocation {
    /** {@code Example.features}. */
    EXAMPLE,
    /** {@code SequenceExample.context}. */
    CONTEXT,
    /** {@code SequenceExample.feature_lists}. A feature in this part has values for each step. */
    FEATURE_LISTS,
    /** SageMaker's {@code Record.features}. */
    FEATURES,
    /** SageMaker's {@code Record.label}. */
    LABEL;

    boolean hasSteps() {
        return this == FEATURE_LISTS;
    }

    boolean hasTensors() {
        return this == FEATURES || this == LABEL;
    }

    /** Returns the name of the record's message type, for error messages. */
    String message() {
        return switch (this) {
            case EXAMPLE -> "Example";
            case CONTEXT, FEATURE_LISTS -> "SequenceExample";
            case FEATURES, LABEL -> "Record";
        };
    }

    /** Returns the sorted names of the features that a record has in this part, for error messages. */
    Collection<String> names(RawRecord record) {
        Set<String> names = switch (this) {
            case EXAMPLE -> Examples.parse(record).getFeatures().getFeatureMap().keySet();
            case CONTEXT ->
                Examples.parseSequence(record).getContext().getFeatureMap().keySet();
            case FEATURE_LISTS ->
                Examples.parseSequence(record)
                        .getFeatureLists()
                        .getFeatureListMap()
                        .keySet();
            case FEATURES -> Examples.parseTensors(record).getFeaturesMap().keySet();
            case LABEL -> Examples.parseTensors(record).getLabelMap().keySet();
        };
        return new TreeSet<>(names);
    }

    /**
     * Checks that a feature is permitted in this part of a record, and returns the feature. For a label, the column
     * name of the returned feature has the additional prefix {@code label_}.
     *
     * @throws IllegalArgumentException if such a feature is not permitted in this part
     */
    Feature checked(Feature feature) {
        String why = hasTensors() ? inTensors(feature) : inLists(feature);
        if (!why.isEmpty()) {
            throw new IllegalArgumentException("feature " + feature + ": " + why);
        }
        return this == LABEL ? feature.named("label_" + feature.name()) : feature;
    }

    private static String inTensors(Feature feature) {
        if (feature.kind() == ValueKind.INT64) {
            return "Invalid config dtype: int64, which SageMaker's records do not have";
        }
        if (feature.partition() != null) {
            return "SageMaker's records have no row splits";
        }
        return switch (feature.layout()) {
            case FIXED, RAGGED -> "";
            case PADDED -> "SageMaker's records have no steps to be padded";
            case SPARSE ->
                feature.kind() == ValueKind.BYTES
                        ? "byte strings are not sparse"
                        : !feature.hasIndexKeys()
                                ? ""
                                : "a tensor contains its indexes, so they have no key of their own";
        };
    }

    private String inLists(Feature feature) {
        if (feature.kind() == ValueKind.DOUBLE || feature.kind() == ValueKind.INT32) {
            return "Invalid config dtype: " + feature.kind().type + ", which only SageMaker's records have";
        }
        if (feature.layout() == Layout.SPARSE && !feature.hasIndexKeys()) {
            return "a sparse feature has a key for its indexes and one for its values";
        }
        if (hasSteps() && feature.layout() == Layout.SPARSE) {
            return "steps of a feature list are not sparse";
        }
        if (hasSteps() && feature.layout() == Layout.RAGGED && feature.isRaw()) {
            return "raw steps of a feature list have a fixed length";
        }
        if (hasSteps() && feature.partition() != null) {
            return "the lists of a feature list are its steps, so no other key divides its values";
        }
        if (hasSteps() && feature.layout() == Layout.FIXED && feature.fill() != null) {
            return "a feature list has no default";
        }
        return "";
    }
}
