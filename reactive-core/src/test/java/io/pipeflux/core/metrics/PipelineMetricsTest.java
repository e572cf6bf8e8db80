package io.pipeflux.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.pipeflux.core.PipeException;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.PipelineMonitor.Cause;
import io.pipeflux.core.PipelineReporter;
import io.pipeflux.core.PipelineReporter.WaitPoint;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.suite.OpenResources;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.observability.micrometer.Micrometer;
import reactor.core.publisher.Flux;

class PipelineMetricsTest {

    @TempDir
    Path directory;

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final PipelineMonitor monitor = PipelineMonitor.create("train");

    @AfterEach
    void nothingIsLeft() {
        OpenResources.awaitNoneLeft(directory);
    }

    @Test
    void eachFigureOfTheMonitorIsAMeterWithItsUnit() {
        PipelineMetrics.of(monitor).bindTo(registry);
        PipelineReporter.of(monitor).beginEpoch(2, 400);
        PipelineReporter.of(monitor).addBytes(100);
        PipelineReporter.of(monitor).addVerifiedBytes(90);
        PipelineReporter.of(monitor).addRecords(10);
        PipelineReporter.of(monitor).addBadRecords(1);
        PipelineReporter.of(monitor).addBatches(3);
        PipelineReporter.of(monitor).queued(4, 40);
        assertThat(counter("bytes")).isEqualTo(100);
        assertThat(counter("verified.bytes")).isEqualTo(90);
        assertThat(counter("records")).isEqualTo(10);
        assertThat(counter("bad.records")).isEqualTo(1);
        assertThat(counter("batches")).isEqualTo(3);
        assertThat(gauge("queue.elements")).isEqualTo(4);
        assertThat(gauge("queue.bytes")).isEqualTo(40);
        assertThat(gauge("epoch")).isEqualTo(2);
        assertThat(gauge("progress")).isEqualTo(25);
        assertThat(gauge("known.bytes")).isEqualTo(400);
        assertThat(gauge("known.objects")).isZero();
        assertThat(gauge("time.left")).isPositive();
        assertThat(registry.getMeters()).allSatisfy(meter -> {
            assertThat(meter.getId().getTag("pipeline")).isEqualTo("train");
            assertThat(meter.getId().getDescription()).isNotBlank();
            assertThat(meter.getId().getBaseUnit() == null)
                    .isEqualTo(meter.getId().getName().equals("pipeflux.epoch"));
        });
    }

    @Test
    void progressIsNoNumberWhereTheSizeIsNotKnown() {
        PipelineMetrics.of(monitor).bindTo(registry);
        PipelineReporter.of(monitor).beginEpoch(0, -1);
        assertThat(gauge("progress")).isNaN();
        assertThat(gauge("known.bytes")).isZero();
        assertThat(gauge("time.left")).isNaN();
    }

    @Test
    void aWaitShowsWhileItGoesOn() {
        PipelineMetrics.of(monitor).bindTo(registry);
        try (WaitPoint place = PipelineReporter.of(monitor).waitPoint(() -> "train_0")) {
            place.waitFor(Cause.WRITER);
            await().until(() -> stalled("writer") > 0);
        }
        assertThat(stalled("reader")).isZero();
    }

    @Test
    void aPipeBeingReadIsCounted() {
        PipelineMetrics.of(monitor).bindTo(registry);
        Path pipe = directory.resolve("train_0");
        NamedPipes.create(pipe);
        Disposable reading = NamedPipes.read(pipe).contextWrite(monitor.watch()).subscribe();
        await().until(() -> stalled("writer") > 0);
        NamedPipes.write(pipe, Flux.just(ByteBuffer.allocate(1000), ByteBuffer.allocate(234)))
                .block();
        await().until(reading::isDisposed);
        assertThat(counter("bytes")).isEqualTo(1234);
        assertThat(monitor.waits()).isEmpty();
    }

    /** Reactor's own: a name, tags and a tap above a pipe see its signals. */
    @Test
    void reactorsMetricsTapAPipe() {
        Path pipe = directory.resolve("train_0");
        NamedPipes.create(pipe);
        NamedPipes.write(pipe, Flux.just(ByteBuffer.allocate(7))).subscribe();
        NamedPipes.read(pipe)
                .name("train")
                .tag("side", "reader")
                .tap(Micrometer.metrics(registry))
                .blockLast();
        assertThat(registry.get("train.onNext.delay")
                        .tag("side", "reader")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("train.flow.duration")
                        .tag("status", "completed")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    /** Reactor's Observations: one of each subscription, with its end. */
    @Test
    void reactorsObservationsTapAPipe() {
        List<String> ended = new ArrayList<>();
        ObservationRegistry observations = ObservationRegistry.create();
        observations.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }

            @Override
            public void onStop(Observation.Context context) {
                ended.add(context.getName() + " "
                        + context.getLowCardinalityKeyValue("reactor.status").getValue() + " " + context.getError());
            }
        });
        Path pipe = directory.resolve("train_0");
        NamedPipes.create(pipe);
        NamedPipes.write(pipe, Flux.just(ByteBuffer.allocate(7))).subscribe();
        Flux<ByteBuffer> read = NamedPipes.read(pipe).name("pipeflux.train").tap(Micrometer.observation(observations));
        read.blockLast();
        assertThat(ended).containsExactly("pipeflux.train completed null");

        PipeException failure = PipeException.of("lost", "train_0", null, null);
        Flux<ByteBuffer> failing =
                Flux.<ByteBuffer>error(failure).name("pipeflux.train").tap(Micrometer.observation(observations));
        assertThatThrownBy(failing::blockLast).isSameAs(failure);
        assertThat(ended).last().isEqualTo("pipeflux.train error " + failure);
    }

    private double counter(String name) {
        return registry.get("pipeflux." + name).functionCounter().count();
    }

    private double stalled(String cause) {
        return registry.get("pipeflux.stalled")
                .tag("cause", cause)
                .functionCounter()
                .count();
    }

    private double gauge(String name) {
        return registry.get("pipeflux." + name).gauge().value();
    }
}
