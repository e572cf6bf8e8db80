package io.pipeflux.core;

import io.pipeflux.core.internal.Rest;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The part of an epoch that is still unread when a job stops. With it, a new run with a different number of hosts can
 * finish the epoch. Each record of the epoch is read exactly once, either by the stopped run or by the new run. The new
 * run reads later epochs as usual. Instances are immutable.
 *
 * <pre>{@code
 * ElasticResume rest = ElasticResume.merge(points);           // one resume point of each stopped host, in order
 * String token = rest.toJson();                               // the same for all new hosts
 *
 * batches = channel.shuffle(42).shard(m, i).objects()...;     // the same pipeline, with the new hosts
 * batches.contextWrite(Pass.resumeAt(ElasticResume.fromJson(token)))
 * }</pre>
 *
 * <p>Objects of which nothing was read are divided among the new hosts. An object that was partly read is continued by
 * one of the new hosts, at the record after the last one that was read. If the records are shuffled, that host rereads
 * the block in which the old host stopped, and drops the rows that had already been emitted. At most one block is
 * reread for each host that has stopped.
 *
 * <p>All resume points must have been taken at the same training step, namely the step whose model is restored. The
 * hosts may be in one epoch or in two consecutive epochs. In the second case, the token contains the rest of both
 * epochs. The channel must be divided among the hosts by its own {@code shard} method; {@code PipeOperators.shard},
 * which divides records, must not be used. If records are shuffled, filters must be downstream of the shuffle, not
 * between the decoder and the shuffle.
 *
 * <p>If a host of the new run stops and is started again while the number of hosts stays the same, it needs the token
 * and its own point: {@link Pass#resumeAt(ElasticResume, ResumePoint)}. If the number of hosts changes again, {@link
 * #merge(ElasticResume, List)} adds the points of the second run to the token.
 */
public final class ElasticResume {

    private final ElasticToken token;

    ElasticResume(ElasticToken token) {
        this.token = token;
    }

    /**
     * Merges the resume points of all hosts of a run that started from the beginning of an epoch, or from the points of
     * an earlier run with the same number of hosts.
     *
     * @param points the points of all hosts, in the order of their indices. If a host has not read any record, for
     *     example because its share is empty, pass the point at which it was started. That point is {@link
     *     ResumePoint#START} only if the host was started at the beginning of epoch 0
     * @throws ResumeMismatchException if a host's point is missing or given twice, or if the points were not taken from
     *     one job, that is, from the same list in the same order, with the same shuffle, and in at most two consecutive
     *     epochs
     * @throws IllegalArgumentException if {@code points} is empty, or if a point is of a kind that cannot be merged
     */
    public static ElasticResume merge(List<ResumePoint> points) {
        return merge(null, points);
    }

    /**
     * Merges the resume points of all hosts of a run that itself started from a token.
     *
     * @param before the token from which the run started, or null. The token has no effect if all points are in a later
     *     epoch than the token
     * @param points as for {@link #merge(List)}. For a host that has not read any record since the token, the point is
     *     {@link ResumePoint#START}
     * @throws ResumeMismatchException as for {@link #merge(List)}, or if the run started from a different token
     * @throws IllegalArgumentException as for {@link #merge(List)}
     */
    public static ElasticResume merge(@Nullable ElasticResume before, List<ResumePoint> points) {
        ElasticToken merged = new PointMerge(before == null ? null : before.token, points).merged();
        return before != null && merged == before.token ? before : new ElasticResume(merged);
    }

    /** Returns the earliest epoch of which records may remain to be read. */
    public long epoch() {
        return token.firstEpoch();
    }

    /** Returns the unread part of the given epoch, or null if no run has read a part of the epoch. */
    @Nullable
    Rest rest(long epoch) {
        return token.rest(epoch);
    }

    /**
     * Returns the token as one line of JSON, in ASCII. The line has at most 400 bytes, plus 60 bytes for each host of
     * each run that has read a part of the epoch. This limit holds as long as a host has fewer than 2^30 objects and
     * 2^42 records in an epoch, and each object has fewer than 2^48 bytes.
     */
    public String toJson() {
        return token.toJson();
    }

    /**
     * Reads a token that {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if the text is not exactly one such token, or if it was changed
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
