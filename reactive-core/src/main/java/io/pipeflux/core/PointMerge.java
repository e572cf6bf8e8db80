package io.pipeflux.core;

import io.pipeflux.core.Identity.Source;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Rest.ListIs;
import io.pipeflux.core.internal.Rest.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Merges the points of all hosts of a job into one token. */
final class PointMerge {

    private final @Nullable ElasticToken before;
    private final List<ResumePoint> points;

    PointMerge(@Nullable ElasticToken before, List<ResumePoint> points) {
        this.before = before;
        Objects.requireNonNull(points, "points").forEach(point -> Objects.requireNonNull(point, "a point"));
        if (points.isEmpty()) {
            throw new IllegalArgumentException("expected the resume points of all hosts, but got none");
        }
        this.points = points.stream().map(this::sinceBefore).toList();
    }

    /**
     * Returns the point from which a host continues. Normally, this is the given point. But if the host has read
     * nothing since the previous token was made, and the point is in an earlier epoch than that token, it is the
     * beginning of the token's first epoch.
     */
    private ResumePoint sinceBefore(ResumePoint point) {
        return before != null && isUnread(point) && point.position().epoch() < before.firstEpoch()
                ? new ResumePoint(new Position(before.firstEpoch(), 0, 0, 0), 0)
                : point;
    }

    ElasticToken merged() {
        ResumePoint first = null;
        long least = Long.MAX_VALUE;
        long most = 0;
        for (int host = 0; host < points.size(); host++) {
            ResumePoint point = points.get(host);
            if (isUnread(point)) {
                continue;
            }
            requireMergeable(host, point);
            if (first == null) {
                first = point;
            }
            requireShare(host, point);
            requireSame(host, point, first);
            least = Math.min(least, point.position().epoch());
            most = Math.max(most, point.position().epoch());
        }
        if (first == null) {
            return nothingRead();
        }
        if (most - least > 1) {
            throw mismatch(
                    "expected all hosts in one epoch, or in two consecutive epochs, but got epochs " + least
                            + " to "
                            + most + ": start the hosts that are in epoch " + least
                            + " again until they have finished it, and stop them then",
                    null);
        }
        long from = first(least, most);
        List<ElasticToken.Epoch> epochs = new ArrayList<>();
        for (long epoch = from; epoch <= most || runs(epoch) > 0; epoch++) {
            List<List<Lane>> runs = new ArrayList<>(before == null ? List.of() : before.runs(epoch));
            requireRun(epoch, runs);
            if (epoch <= most) { // later epochs were not begun by these hosts
                runs.add(lanes(epoch, most));
            }
            epochs.add(new ElasticToken.Epoch(epoch, runs));
        }
        return new ElasticToken(list(epochs.stream().anyMatch(e -> runs(e.epoch()) > 0)), shuffle(first), epochs);
    }

    private int runs(long epoch) {
        return before == null ? 0 : before.runs(epoch).size();
    }

    /** Returns the first epoch that may be unread in part. An epoch that one of the hosts has not begun counts, too. */
    private long first(long least, long most) {
        long first = least;
        for (ResumePoint point : points) {
            long epoch = point.position().epoch();
            if (isUnread(point) && epoch == most - 1) {
                first = Math.min(first, epoch);
            }
            if (isUnread(point) && epoch > most + 1) {
                throw mismatch(
                        "expected all hosts in one epoch, or in two consecutive epochs, but got one at the"
                                + " beginning of epoch " + epoch + " and others in epoch " + most
                                + ": give the point after the last record that it has read",
                        point);
            }
        }
        return first;
    }

    private List<Lane> lanes(long epoch, long most) {
        List<Lane> lanes = new ArrayList<>();
        for (ResumePoint point : points) {
            long at = point.position().epoch();
            if (isUnread(point)) {
                lanes.add(at < most - 1 ? Lane.NONE : at > epoch ? Lane.DONE : Lane.UNREAD);
            } else {
                lanes.add(at > epoch ? Lane.DONE : at < epoch ? Lane.UNREAD : lane(point));
            }
        }
        return List.copyOf(lanes);
    }

    private static Lane lane(ResumePoint point) {
        Identity identity = Objects.requireNonNull(point.identity());
        Source source = Objects.requireNonNull(identity.source());
        Position at = point.position();
        Blocks blocks = identity.blocks();
        long next = point.nextRecord();
        int seen = blocks == null ? 0 : (int) (next % blocks.block());
        if (blocks == null || seen == 0) {
            return new Lane(State.AT, at.objectOrdinal(), at.byteOffset(), point.drop(), 0, 0, 0, 0, headId(source));
        }
        return new Lane(
                State.AT,
                at.objectOrdinal(),
                at.byteOffset(),
                point.drop() - seen,
                blocks.permutedAs() == null ? next / blocks.block() : blocks.permutedAs(),
                seen,
                blocks.more(),
                blocks.span() == null ? 0 : blocks.span(),
                headId(source));
    }

    /**
     * Returns a hash that identifies the object. If the number of the list's elements is unknown, the hash also covers
     * the list up to the object.
     */
    static long headId(Source source) {
        ListOrigin list = Objects.requireNonNull(source.list());
        return list.listed() == ListOrigin.NOT_COUNTED ? Fnv1a.number(source.hash(), list.hash()) : source.hash();
    }

    /**
     * Returns the identity of the whole list or, if its elements are not counted, of the list up to the last object
     * that a host has begun.
     */
    private ListIs list(boolean again) {
        ListIs furthest = before == null || !again ? null : before.list();
        for (int host = 0; host < points.size(); host++) {
            ResumePoint point = points.get(host);
            if (isUnread(point)) {
                continue;
            }
            ListOrigin list = listOf(point);
            boolean whole = list.listed() != ListOrigin.NOT_COUNTED;
            ListOrigin.InRest in = list.inRest();
            long at = whole
                    ? list.listed()
                    : 1 + (in != null ? in.at() : point.position().objectOrdinal() * points.size() + host);
            if (furthest == null || at > furthest.count()) {
                furthest = new ListIs(list.seed(), list.byBytes(), whole, at, list.hash());
            }
        }
        return Objects.requireNonNull(furthest);
    }

    private static @Nullable Blocks shuffle(ResumePoint point) {
        Blocks blocks = Objects.requireNonNull(point.identity()).blocks();
        return blocks == null ? null : new Blocks(blocks.block(), blocks.seed(), false, null);
    }

    private ElasticToken nothingRead() {
        if (before != null && points.stream().allMatch(p -> p.position().epoch() == before.firstEpoch())) {
            return before;
        }
        throw new IllegalArgumentException(
                "expected the point of a host that has read a record, but got only beginnings of epochs: "
                        + (before == null
                                ? "start the epoch from its beginning, with any number of hosts"
                                : "if nothing was read since the token, use the token itself"));
    }

    private static boolean isUnread(ResumePoint point) {
        return point.identity() == null && point.mixed() == null && point.isBeginning();
    }

    // == checks ==

    private static void requireMergeable(int host, ResumePoint point) {
        Identity identity = point.identity();
        if (point.mixed() != null) {
            throw kind(host, "a point of one source", "one of " + point.mixed().by());
        }
        if (identity == null) {
            throw kind(host, "a point that was taken from a record or batch", "one that is unchecked");
        }
        if (identity.shard() != null) {
            throw kind(
                    host,
                    "hosts that share objects, by the channel's shard",
                    identity.shard() + " of records, which an elastic resume cannot divide among other hosts");
        }
        Source source = identity.source();
        if (source == null || !point.position().hasObject() || source.list() == null) {
            throw kind(host, "a point of a channel of objects", "one of a stream without a list of objects");
        }
        Blocks blocks = identity.blocks();
        if (blocks != null && point.nextRecord() % blocks.block() > point.drop()) {
            throw kind(host, "a point that a shuffle has made", "one with a drop of " + point.drop());
        }
        if (blocks != null && blocks.more() < 0) {
            throw kind(
                    host,
                    "a point that states the objects of its block",
                    "one of an earlier version of Pipeflux: resume once with the same number of hosts as before");
        }
    }

    private static IllegalArgumentException kind(int host, String expected, String found) {
        return new IllegalArgumentException(
                "the point of host " + host + ": expected " + expected + ", but got " + found);
    }

    private void requireShare(int host, ResumePoint point) {
        ListOrigin list = listOf(point);
        int count = list.share().count();
        if (count != points.size()) {
            throw mismatch(
                    "expected a resume point of each of the " + count
                            + " hosts of the job, in the order of their indices, but got " + points.size()
                            + (points.size() < count
                                    ? ": a host that has read nothing has the beginning of its epoch, ResumePoint.START"
                                    : ""),
                    point);
        }
        int index = list.share().index();
        if (index != host) {
            boolean twice = index < host
                    && !isUnread(points.get(index))
                    && listOf(points.get(index)).share().index() == index;
            throw mismatch(
                    "expected the resume point of host " + host + " at index " + host + ", but got that of host "
                            + index
                            + (twice ? ", which was given before" : ": give them in the order of their indices"),
                    point);
        }
    }

    private void requireSame(int host, ResumePoint point, ResumePoint first) {
        ListOrigin list = listOf(point);
        ListOrigin of = listOf(first);
        if (!Objects.equals(list.seed(), of.seed())
                || list.byBytes() != of.byBytes()
                || list.listed() != of.listed()
                || (list.listed() != ListOrigin.NOT_COUNTED && list.hash() != of.hash())) {
            throw mismatch(
                    "expected all hosts to read one list in one order, but host "
                            + of.share().index() + " has read a channel " + of + ", and host " + host + " a channel "
                            + list + Rest.OWN_COPIES,
                    point);
        }
        Blocks blocks = Objects.requireNonNull(point.identity()).blocks();
        Blocks others = Objects.requireNonNull(first.identity()).blocks();
        if (blocks == null ? others != null : others == null || !blocks.isSameShuffle(others)) {
            throw mismatch(
                    "expected all hosts to have the same shuffle, but host "
                            + of.share().index() + " has "
                            + (others == null ? "none" : others) + ", and host " + host + " has "
                            + (blocks == null ? "none" : blocks),
                    point);
        }
        long epoch = point.position().epoch();
        Rest rest = before == null ? null : before.rest(epoch);
        ListOrigin.InRest in = list.inRest();
        if (in == null ? rest != null : rest == null || in.id() != rest.id()) {
            throw mismatch(
                    "the point of host " + host + ": expected one of "
                            + (rest == null
                                    ? "an epoch that was not resumed by a token"
                                    : "the rest of epoch " + epoch + " by the token " + Fnv1a.hex(rest.id()))
                            + ", but got one of "
                            + (in == null
                                    ? "an epoch that was not resumed by a token"
                                    : "the rest by the token " + Fnv1a.hex(in.id()))
                            + ": call ElasticResume.merge(before, points) with the token at which the hosts have begun",
                    point);
        }
    }

    /**
     * Checks that the points were taken with the same list, order and shuffle that the earlier runs of the epoch had.
     */
    private void requireRun(long epoch, List<List<Lane>> earlier) {
        if (earlier.isEmpty() || before == null) {
            return;
        }
        ResumePoint read = points.stream().filter(p -> !isUnread(p)).findFirst().orElseThrow();
        ListOrigin list = listOf(read);
        Blocks shuffle = shuffle(read);
        if (!Objects.equals(list.seed(), before.list().seed())
                || list.byBytes() != before.list().byBytes()
                || (before.list().whole() && list.hash() != before.list().hash())
                || !Objects.equals(shuffle, before.shuffle())) {
            throw mismatch(
                    "expected the list, order and shuffle of the token " + Fnv1a.hex(before.id()) + ", of which epoch "
                            + epoch + " is the rest, but got a channel " + list,
                    read);
        }
    }

    private static ListOrigin listOf(ResumePoint point) {
        Identity identity = Objects.requireNonNull(point.identity());
        return Objects.requireNonNull(Objects.requireNonNull(identity.source()).list());
    }

    private static ResumeMismatchException mismatch(String what, @Nullable ResumePoint at) {
        return new ResumeMismatchException(ErrorKind.OTHER_DATA, what, null, at == null ? null : at.position(), null);
    }

    /**
     * Checks that an object in which an earlier host stopped is unchanged, and that it does not end before the place at
     * which reading continues.
     */
    static void requireHead(ObjectBytes object, Lane lane, Pass pass) {
        Source found = Source.of(object);
        if (headId(found) != lane.id()) {
            throw new ResumeMismatchException(
                    ErrorKind.OTHER_DATA,
                    "the token was taken from other data: expected the object in which a host has stopped to be"
                            + " unchanged, as well as the list up to it, but got " + found + ", of " + object.size()
                            + " bytes and version " + object.version()
                            + ": give the pipeline the objects that the token was taken from, or start the epoch again"
                            + Rest.OWN_COPIES,
                    object.key(),
                    new Position(pass.epoch(), object.ordinal(), lane.offset(), 0),
                    null);
        }
        if (object.size() != ObjectBytes.UNKNOWN_SIZE && lane.offset() > object.size()) {
            throw new ResumeMismatchException(
                    ErrorKind.OTHER_DATA,
                    "the token continues beyond the end of its object: expected at least " + lane.offset()
                            + " bytes, but got " + object.size(),
                    object.key(),
                    null,
                    null);
        }
    }
}
