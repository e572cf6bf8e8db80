package io.pipeflux.flink;

import io.pipeflux.core.RawRecord;
import io.pipeflux.records.text.TextLines;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * Lets tasks fail at random, once the sink that collects is open. If that sink is cancelled before, Flink 2.3 ends the
 * whole task manager with a NullPointerException ({@code CollectSinkFunction.accumulateFinalResults}). A MiniCluster
 * does not replace it, so the job would wait forever.
 */
final class Failures {

    /** The tasks run in this process. */
    static final AtomicInteger LEFT = new AtomicInteger();

    private static final AtomicInteger SINKS = new AtomicInteger();

    private Failures() {}

    /** Returns the lines of records, to be collected. A task fails as often as is left. */
    static DataStream<String> of(DataStream<RawRecord> records) {
        return of(records.map(TextLines::text), 4000);
    }

    /** Returns the lines, to be collected. A task fails as often as is left, each time after less than that many. */
    static DataStream<String> of(DataStream<String> lines, int within) {
        SINKS.set(0);
        return lines.map(new Failing(within)).map(new BeforeSink()).setParallelism(1);
    }

    /** Fails after a random number of lines. */
    private static final class Failing implements MapFunction<String, String> {

        private static final long serialVersionUID = 1;

        private final int within;
        private transient int left;

        Failing(int within) {
            this.within = within;
        }

        @Override
        public String map(String line) {
            if (left == 0) {
                left = new SplittableRandom().nextInt(1, within);
            }
            if (--left == 0 && SINKS.get() > 0 && LEFT.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                throw new IllegalStateException("a failure of the test");
            }
            return line;
        }
    }

    /** Runs in the task of the sink, which is opened before this and closed after it. */
    private static final class BeforeSink extends RichMapFunction<String, String> {

        private static final long serialVersionUID = 1;

        private transient boolean open;

        @Override
        public void open(OpenContext context) {
            open = true;
            SINKS.incrementAndGet();
        }

        @Override
        public String map(String line) {
            return line;
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                SINKS.decrementAndGet();
            }
        }
    }
}
