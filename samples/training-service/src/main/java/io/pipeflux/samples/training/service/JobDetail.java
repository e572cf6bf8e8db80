package io.pipeflux.samples.training.service;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the web page of a job shows.
 *
 * @param series the points of the charts, or null in an event. An event contains only the latest {@code point}
 * @param log the most recent lines of the log, or null in an event
 */
public record JobDetail(
        @JsonUnwrapped JobView job,
        List<PipelineStep> pipeline,
        List<CheckpointView> checkpoints,
        List<EpochFigures> epochFigures,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Point> series,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Point point,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> log) {

    JobDetail forEvent(@Nullable Point newest) {
        return new JobDetail(job, pipeline, checkpoints, epochFigures, null, newest, null);
    }
}
