package io.pipeflux.samples.training.service;

import org.jspecify.annotations.Nullable;

/**
 * The content of {@code state.json}: the state of a job, but not its figures. Times are ISO-8601 in UTC.
 *
 * @param records the number of records that the model had been trained on when the job's state last changed
 * @param bytes the total number of bytes that had been read at that time, in all epochs
 * @param totalBytes the total size of all epochs, or 0 if the data had not been listed at that time
 */
record JobRecord(
        JobState state,
        String createdAt,
        @Nullable String startedAt,
        @Nullable String endedAt,
        @Nullable String error,
        long records,
        long bytes,
        long totalBytes) {

    static JobRecord created(String at) {
        return new JobRecord(JobState.waiting, at, null, null, null, 0, 0, 0);
    }

    JobRecord with(JobState next) {
        return new JobRecord(next, createdAt, startedAt, endedAt, error, records, bytes, totalBytes);
    }

    JobRecord started(String at) {
        return ended(JobState.running, startedAt == null ? at : startedAt, null, null);
    }

    JobRecord ended(JobState how, String at, @Nullable String why) {
        return ended(how, startedAt, at, why);
    }

    private JobRecord ended(JobState how, @Nullable String begin, @Nullable String end, @Nullable String why) {
        return new JobRecord(how, createdAt, begin, end, why, records, bytes, totalBytes);
    }

    JobRecord counted(long newRecords, long newBytes, long newTotalBytes) {
        return new JobRecord(state, createdAt, startedAt, endedAt, error, newRecords, newBytes, newTotalBytes);
    }
}
