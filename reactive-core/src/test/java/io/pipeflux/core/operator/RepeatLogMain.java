package io.pipeflux.core.operator;

import io.pipeflux.core.Pass;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.suite.ByteFrames;
import io.pipeflux.core.suite.ForkedJvm;
import java.nio.ByteBuffer;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.Loggers;

/**
 * Repeats three records in a process whose log can be read, with and without a resume point, and prints what it logs.
 */
public final class RepeatLogMain {

    private static final Logger LOG = Logger.getLogger(Repeat.class.getName());

    private RepeatLogMain() {}

    public static void main(String[] args) {
        Loggers.useJdkLoggers(); // before the first operator is loaded
        LOG.setUseParentHandlers(false);
        LOG.addHandler(new Handler() {
            @Override
            public void publish(LogRecord logged) {
                answer(logged.getLevel() + ": " + logged.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        ResumePoint inThirdEpoch = records()
                .transform(PipeOperators.repeat(3))
                .elementAt(6)
                .block()
                .resumeAt();
        run(3, inThirdEpoch);
        run(2, inThirdEpoch);
        run(2, null);
        run(0, null);
        run(0, inThirdEpoch);
    }

    private static void run(int epochs, @Nullable ResumePoint from) {
        Flux<RawRecord> repeated = records().transform(PipeOperators.repeat(epochs));
        long count = (from == null ? repeated : repeated.contextWrite(Pass.resumeAt(from)))
                .count()
                .block();
        answer("repeat(" + epochs + "): " + count + " records");
    }

    private static Flux<RawRecord> records() {
        return Flux.defer(() -> Flux.just(ByteBuffer.wrap(ByteFrames.frames("0", "1", "2"))))
                .transform(ByteFrames.FORMAT.decode());
    }

    private static void answer(String line) {
        System.out.println(ForkedJvm.ANSWER + line);
    }
}
