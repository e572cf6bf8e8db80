package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import java.util.List;

/**
 * Parses {@code tf.train.FeatureLists} (tensorflow/core/example/feature.proto).
 *
 * <pre>{@code
 *   FeatureLists { map<string, FeatureList> feature_list = 1; }
 *   FeatureList  { repeated Feature feature = 1; }           one feature per step
 * }</pre>
 */
final class FeatureListParser extends FeatureParser {

    private static final int STEP = WireReader.tag(1, LENGTH);

    FeatureListParser(WireReader in, KeyTable keys, List<ValueSink> sinks) {
        super(in, keys, sinks, null);
    }

    @Override
    void start(ValueSink sink) {
        sink.startSteps();
    }

    @Override
    void value(ValueSink sink) {
        while (in.more()) {
            int tag = in.tag();
            if (tag == STEP) {
                int outer = in.enter();
                sink.startStep();
                feature(sink);
                sink.endStep();
                in.leave(outer);
            } else {
                in.skip(tag);
            }
        }
    }
}
