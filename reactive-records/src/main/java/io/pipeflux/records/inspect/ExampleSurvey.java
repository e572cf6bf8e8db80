package io.pipeflux.records.inspect;

import com.google.protobuf.ByteString;
import io.pipeflux.core.RawRecord;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.example.Examples;
import io.pipeflux.records.example.proto.Feature;
import io.pipeflux.records.example.proto.FeatureList;
import io.pipeflux.records.example.proto.Features;
import io.pipeflux.records.example.proto.SequenceExample;
import io.pipeflux.records.inspect.FieldSurvey.Place;

/** Surveys records of {@code tf.train.Example} or {@code SequenceExample}. */
final class ExampleSurvey extends Survey {

    private final boolean sequences;

    ExampleSurvey(boolean sequences) {
        this.sequences = sequences;
    }

    @Override
    void look(RawRecord record) {
        if (!sequences) {
            features(Place.RECORD, Examples.parse(record).getFeatures());
            return;
        }
        SequenceExample sequence = Examples.parseSequence(record);
        features(Place.CONTEXT, sequence.getContext());
        sequence.getFeatureLists().getFeatureListMap().forEach(this::steps);
    }

    private void features(Place place, Features features) {
        features.getFeatureMap().forEach((name, feature) -> {
            FieldSurvey field = field(place, name, name);
            if (feature.getKindCase() != Feature.KindCase.KIND_NOT_SET) { // a feature without a kind counts as missing
                field.values(look(field, feature));
            }
        });
    }

    private void steps(String name, FeatureList list) {
        FieldSurvey field = field(Place.STEPS, name, name);
        field.steps(list.getFeatureCount());
        list.getFeatureList().forEach(step -> field.length(look(field, step)));
    }

    private static long look(FieldSurvey field, Feature feature) {
        return switch (feature.getKindCase()) {
            case BYTES_LIST -> {
                field.kinds.add(DType.BYTES);
                feature.getBytesList().getValueList().forEach(value -> field.bytes(value.size()));
                if (feature.getBytesList().getValueCount() > 0) {
                    field.example(shown(feature.getBytesList().getValue(0)));
                }
                yield feature.getBytesList().getValueCount();
            }
            case FLOAT_LIST -> {
                field.kinds.add(DType.FLOAT32);
                field.example(Shown.list(feature.getFloatList().getValueList()));
                yield feature.getFloatList().getValueCount();
            }
            case INT64_LIST -> {
                field.kinds.add(DType.INT64);
                field.example(Shown.list(feature.getInt64List().getValueList()));
                yield feature.getInt64List().getValueCount();
            }
            case KIND_NOT_SET -> 0;
        };
    }

    static String shown(ByteString bytes) {
        return Shown.bytes(bytes.toByteArray());
    }
}
