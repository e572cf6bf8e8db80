package io.pipeflux.samples.training.service;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler.IgnoredMeters;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pipeflux.core.PipelineMonitor;
import io.pipeflux.core.metrics.PipelineMetrics;
import java.nio.charset.StandardCharsets;
import java.util.function.ToDoubleFunction;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The meters of the service, for Prometheus:
 *
 * <ul>
 *   <li>{@code pipeflux.service.jobs}, the number of jobs in each state
 *   <li>{@code pipeflux.service.streams}, the number of open event streams
 *   <li>the meters of {@link PipelineMetrics} for each pipeline of a running job. {@link JobMonitors} lists the values
 *       of their tag {@code pipeline}
 *   <li>a timer for each kind of Observation of {@link RunObservations}
 * </ul>
 */
public final class ServiceMetrics {

    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ObservationRegistry observations = ObservationRegistry.create();

    /**
     * Creates a meter registry and a registry of Observations. The meter registry has a timer for each kind of
     * Observation.
     */
    public ServiceMetrics() {
        observations
                .observationConfig()
                .observationHandler(new DefaultMeterObservationHandler(registry, IgnoredMeters.LONG_TASK_TIMER));
    }

    /** Returns the registry of Observations, to which further handlers can be added, such as tracing handlers. */
    public ObservationRegistry observations() {
        return observations;
    }

    /** Returns the meter registry, to which further meters can be added. */
    public PrometheusMeterRegistry registry() {
        return registry;
    }

    void streams(EventStreams streams) {
        Gauge.builder("pipeflux.service.streams", streams, EventStreams::open)
                .description("Open streams of events")
                .strongReference(true)
                .register(registry);
    }

    void jobs(JobState state, ToDoubleFunction<JobState> count) {
        Gauge.builder("pipeflux.service.jobs", state, count)
                .description("Jobs by state")
                .tag("state", state.name())
                .strongReference(true)
                .register(registry);
    }

    void begin(PipelineMonitor monitor) {
        PipelineMetrics.of(monitor).bindTo(registry);
    }

    /** Removes the meters of a run, because a service that runs for months has thousands of runs. */
    void end(PipelineMonitor monitor) {
        for (Meter meter : registry.getMeters()) {
            if (monitor.name().equals(meter.getId().getTag("pipeline"))) {
                registry.remove(meter);
            }
        }
    }

    Mono<byte[]> scrape() {
        return Mono.fromCallable(() -> registry.scrape().getBytes(StandardCharsets.UTF_8))
                .subscribeOn(Schedulers.boundedElastic());
    }
}
