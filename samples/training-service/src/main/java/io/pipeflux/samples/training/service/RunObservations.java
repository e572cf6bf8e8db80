package io.pipeflux.samples.training.service;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * The Micrometer Observations of a run. The Observation {@value #JOB} contains one Observation {@value #EPOCH} for each
 * epoch, including the evaluation after the epoch. The key values of all Observations are {@code trainer}, {@code mode}
 * and {@code outcome}. Traces also contain the job's ID and the epoch.
 */
final class RunObservations {

    static final String JOB = "pipeflux.service.job";
    static final String EPOCH = "pipeflux.service.epoch";

    private final ObservationRegistry registry;
    private final String id;
    private final JobRequest request;
    private final Observation job;
    private @Nullable Observation epoch;

    /** Starts the observation of the job. */
    RunObservations(ObservationRegistry registry, String id, JobRequest request) {
        this.registry = registry;
        this.id = id;
        this.request = request;
        this.job = observation(JOB).start();
    }

    private Observation observation(String name) {
        return Observation.createNotStarted(name, registry)
                .lowCardinalityKeyValue("trainer", request.trainer())
                .lowCardinalityKeyValue("mode", request.mode().name())
                .highCardinalityKeyValue("job", id);
    }

    synchronized void beginEpoch(long number) {
        epoch = observation(EPOCH)
                .parentObservation(job)
                .highCardinalityKeyValue("epoch", Long.toString(number))
                .start();
    }

    synchronized void endEpoch(String outcome) {
        if (epoch != null) {
            epoch.lowCardinalityKeyValue("outcome", outcome).stop();
            epoch = null;
        }
    }

    /** Ends the observation of the job and, if an epoch is unfinished, the observation of this epoch. */
    void end(String outcome, @Nullable Throwable failure) {
        endEpoch(outcome);
        if (failure != null) {
            job.error(failure);
        }
        job.lowCardinalityKeyValue("outcome", outcome).stop();
    }
}
