package io.pipeflux.core;

import io.pipeflux.core.internal.Rest;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is left of an epoch when a job of some hosts stops, so that another number of hosts can finish it: each record
 * of the epoch is read exactly once over both runs. Later epochs are ordinary epochs of the new hosts. Immutable.
 *
 * <pre>{@code
 * ElasticResume rest = ElasticResume.merge(points);           // one resume point of each stopped host, in order
 * String token = rest.toJson();                               // the same for all new hosts
 *
 * batches = channel.shuffle(42).shard(m, i).objects()...;     // the same pipeline, with the new hosts
 * batches.contextWrite(Pass.resumeAt(ElasticResume.fromJson(token)))
 * }</pre>
 *
 * <p>Objects that were not begun are shared anew. An object that was begun is continued at the record after the last
 * one, by one of the new hosts. If the records are shuffled, that host reads the block again from which rows were left,
 * and drops the rows that were emitted: at most one block for each host that has stopped.
 *
 * <p>The points must be of one moment of the job: of the step whose model is restored. Their hosts may be in one epoch,
 * or in two that follow each other, in which case the token has the rest of both. The hosts must share the channel by
 * its {@code shard}, and not the records by {@code PipeOperators.shard}. Filters are downstream of a shuffle of
 * records, not between it and the decoder.
 *
 * <p>A host of the new run that stops and is started again, while the number of hosts stays the same, needs the token
 * and its own point: {@link Pass#resumeAt(ElasticResume, ResumePoint)}. If the number changes again,
 * {@link #merge(ElasticResume, List)} adds the points of the second run to the token.
 */
public final class ElasticResume {

    private final ElasticToken token;

    ElasticResume(ElasticToken token) {
        this.token = token;
    }

    /**
     * Merges the resume points of all hosts of a run that has begun at the beginning of an epoch, or at the points of
     * the same number of hosts.
     *
     * @param points the points of all hosts, in the order of their indices. A host that has not read any record, such
     *     as one whose share is empty, has the point at which it was started: {@link ResumePoint#START} only if that
     *     was the beginning of epoch 0
     * @throws ResumeMismatchException if a host's point is missing or given twice, or if the points were not taken from
     *     one job: from the same list in the same order, the same shuffle, and at most two consecutive epochs
     * @throws IllegalArgumentException if there is no point, or if a point is of a kind that cannot be merged
     */
    public static ElasticResume merge(List<ResumePoint> points) {
        return merge(null, points);
    }

    /**
     * Merges the resume points of all hosts of a run that has begun at a token itself.
     *
     * @param before the token at which the run has begun, or null. It does not matter any more if all points are in a
     *     later epoch
     * @param points as for {@link #merge(List)}. A host that has not read any record since the token has {@link
     *     ResumePoint#START}
     * @throws ResumeMismatchException as for {@link #merge(List)}, or if the run has begun at another token
     * @throws IllegalArgumentException as for {@link #merge(List)}
     */
    public static ElasticResume merge(@Nullable ElasticResume before, List<ResumePoint> points) {
        ElasticToken merged = new PointMerge(before == null ? null : before.token, points).merged();
        return before != null && merged == before.token ? before : new ElasticResume(merged);
    }

    /** Returns the first epoch of which something may be left. */
    public long epoch() {
        return token.firstEpoch();
    }

    /** Returns what is left of an epoch, or null if it is read as a whole. */
    @Nullable
    Rest rest(long epoch) {
        return token.rest(epoch);
    }

    /**
     * Returns the token as one line of JSON, in ASCII. It has at most 400 bytes, and 60 for each host of each run that
     * has read a part of the epoch, if a host has fewer than 2^30 objects and 2^42 records in an epoch, and each object
     * fewer than 2^48 bytes.
     */
    public String toJson() {
        return token.toJson();
    }

    /**
     * Reads a token that {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if the text is anything but one such token, or if it was changed
     */
    public static ElasticResume fromJson(String text) {
        Objects.requireNonNull(text, "text");
        return new ElasticResume(ElasticToken.fromJson(text));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ElasticResume that && token.toJson().equals(that.token.toJson());
    }

    @Override
    public int hashCode() {
        return Long.hashCode(token.id());
    }

    @Override
    public String toString() {
        return "ElasticResume" + token.toJson();
    }
}
