package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a job apart from its figures: the file {@code state.json}. Times are ISO-8601 in UTC.
 *
 * @param records the number of records that an ended job was trained on
 * @param bytes the number of bytes that an ended job has read
 */
record JobRecord(
        JobState state,
        String createdAt,
        @Nullable String startedAt,
        @Nullable String endedAt,
        @Nullable String error,
        long records,
        long bytes) {

    static JobRecord created(String at) {
        return new JobRecord(JobState.waiting, at, null, null, null, 0, 0);
    }

    JobRecord with(JobState next) {
        return new JobRecord(next, createdAt, startedAt, endedAt, error, records, bytes);
    }

    JobRecord started(String at) {
        return new JobRecord(JobState.running, createdAt, startedAt == null ? at : startedAt, null, null, 0, 0);
    }

    JobRecord ended(JobState how, String at, @Nullable String why, long records, long bytes) {
        return new JobRecord(how, createdAt, startedAt, at, why, records, bytes);
    }
}
