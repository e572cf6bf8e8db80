package io.pipeflux.records.example;

import java.util.List;

/** Passes the values of one key on to the sinks of several features. */
final class FanOut extends ValueSink {

    private final ValueSink[] sinks;

    private FanOut(List<? extends ValueSink> sinks) {
        this.sinks = sinks.toArray(ValueSink[]::new);
    }

    /** Returns a sink that passes values on to all given sinks. If only one sink is given, returns the given sink. */
    static ValueSink of(List<? extends ValueSink> sinks) {
        return sinks.size() == 1 ? sinks.get(0) : new FanOut(sinks);
    }

    @Override
    void startFeature() {
        for (ValueSink sink : sinks) {
            sink.startFeature();
        }
    }

    @Override
    void startSteps() {
        for (ValueSink sink : sinks) {
            sink.startSteps();
        }
    }

    @Override
    void startStep() {
        for (ValueSink sink : sinks) {
            sink.startStep();
        }
    }

    @Override
    void endStep() {
        for (ValueSink sink : sinks) {
            sink.endStep();
        }
    }

    @Override
    void startList(ValueKind next) {
        for (ValueSink sink : sinks) {
            sink.startList(next);
        }
    }

    @Override
    void bytes(byte[] array, int lengthAt, int from, int length) {
        for (ValueSink sink : sinks) {
            sink.bytes(array, lengthAt, from, length);
        }
    }

    @Override
    void floats(byte[] array, int from, int values) {
        for (ValueSink sink : sinks) {
            sink.floats(array, from, values);
        }
    }

    @Override
    void integer(long value) {
        for (ValueSink sink : sinks) {
            sink.integer(value);
        }
    }
}
