package io.pipeflux.core;

import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Mixed.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The place in the data from which an epoch is resumed. It consists of a position to read from, the number of records
 * to read and drop from there, and the identity of the data. Instances are immutable.
 *
 * <p>A training loop stores the point with its model as a token, and passes it to {@link Pass#resumeAt} after a
 * restart. The token has fewer than 400 bytes, but more in a mix of several sources (see {@link #toJson}). The number
 * of records to drop is 0 in a stream that can be read from any record on. It may be greater in a stream that can be
 * read only from some positions. For example, a compressed object can be read only from its beginning.
 *
 * <p>Only the position determines where reading starts: object 3 is read if the position is in object 3. The identity
 * is only a check. It is compared when the point is applied, and if it differs, the point is refused with a {@link
 * ResumeMismatchException}. The identity consists of:
 *
 * <pre>
 *   an object            a 64-bit hash of its key, size and ETag (in directories: its modification time)
 *   its channel          seed and share; if it is shuffled, the number of all keys and a hash of them, otherwise a hash
 *                        of the keys listed up to the object
 *   a pipe               the name that the writer gave to the content, if any
 *   the operators        block and seed of the shuffle, count and index of the shard, and which of the two comes first
 *   a shuffled block     a hash of the objects from its beginning to its last record
 *   a mix of sources     its settings, the number of sources and, for each source, its own point
 * </pre>
 *
 * <p>A point has no identity if a caller constructed it, or if it was stored by a version in which points had no
 * identities. Such points are not compared.
 */
public final class ResumePoint {

    /** The beginning of epoch 0, for streams of objects and streams of bytes. */
    public static final ResumePoint START = new ResumePoint(Position.START, 0);

    private static final long END_OF_EPOCHS = 1L << 62;

    private final Position position;
    private final long drop;
    private final @Nullable Identity identity;
    private final @Nullable Mixed<ResumePoint> mixed;

    /**
     * Creates a point without an identity. Such a point is not compared with the data.
     *
     * @param position the position of the first byte to read. Its epoch must be less than 2^62, and no number may be
     *     negative, except the object ordinal in a stream without objects
     * @param drop the number of records to drop, beginning at this position; not negative
     */
    public ResumePoint(Position position, long drop) {
        this(position, drop, null, null);
    }

    ResumePoint(Position position, long drop, @Nullable Identity identity) {
        this(position, drop, identity, null);
    }

    /**
     * Creates a point.
     *
     * @param mixed the state of a mix of several sources, or null for a single source. For a mix, {@code position} is
     *     the position in the mix
     */
    ResumePoint(Position position, long drop, @Nullable Identity identity, @Nullable Mixed<ResumePoint> mixed) {
        this.position = Objects.requireNonNull(position, "position");
        this.drop = drop;
        this.identity = identity;
        this.mixed = mixed;
        require(position.epoch() >= 0, "epoch >= 0", position.epoch());
        require(position.epoch() < END_OF_EPOCHS, "epoch < 2^62", position.epoch()); // leaves room for later epochs
        require(position.objectOrdinal() >= Position.NO_OBJECT, "object >= -1", position.objectOrdinal());
        require(position.byteOffset() >= 0, "byte >= 0", position.byteOffset());
        require(position.recordOrdinal() >= 0, "record >= 0", position.recordOrdinal());
        require(drop >= 0, "drop >= 0", drop);
        require(drop <= Long.MAX_VALUE - position.recordOrdinal(), "record + drop < 2^63, with drop", drop);
    }

    private static void require(boolean right, String expected, long found) {
        if (!right) {
            throw new IllegalArgumentException("expected a resume point with " + expected + ", but got " + found);
        }
    }

    /** Returns the position of the first byte to read. */
    public Position position() {
        return position;
    }

    /** Returns the number of records to drop, beginning at {@link #position}. */
    public long drop() {
        return drop;
    }

    /**
     * Returns a copy of this point without its identity, so that the copy can be applied to any data. This method is
     * for callers who know that the data are the same, for example after the objects were copied to a different bucket.
     * If the data are not the same, some rows may be read twice, and others never.
     */
    public ResumePoint unchecked() {
        if (identity == null && mixed == null) {
            return this;
        }
        return new ResumePoint(position, drop, null, mixed == null ? null : unchecked(mixed));
    }

    private static Mixed<ResumePoint> unchecked(Mixed<ResumePoint> mixed) {
        List<@Nullable Place<ResumePoint>> places = new ArrayList<>();
        for (Place<ResumePoint> place : mixed.places()) {
            if (place != null && place.point() != null) {
                places.add(new Place<>(place.source(), place.point().unchecked()));
            } else {
                places.add(place);
            }
        }
        return new Mixed<>(mixed.by(), mixed.turn(), places);
    }

    /**
     * Returns the point before a record of a mix.
     *
     * @param ordinal the record's ordinal in the mix
     * @param state the state of the mix before the record
     */
    static ResumePoint mixed(Pass pass, long ordinal, Mixed<ResumePoint> state) {
        Position position = new Position(pass.epoch(), Position.NO_OBJECT, 0, ordinal);
        return new ResumePoint(position, 0, new Identity(null, null, pass.shard()), state);
    }

    /**
     * Returns the state of the mix if this is a point in a mix of several sources, or null for a point in a single
     * source.
     */
    @Nullable
    Mixed<ResumePoint> mixed() {
        return mixed;
    }

    @Nullable
    Identity identity() {
        return identity;
    }

    /** Returns the point that is the given number of records later. */
    public ResumePoint plus(long records) {
        return new ResumePoint(position, drop + records, identity, mixed);
    }

    /**
     * Returns a copy of this point that drops {@code newDrop} records. The copy is in a block of the given shuffle, or
     * outside of any shuffle if {@code blocks} is null.
     */
    ResumePoint in(@Nullable Blocks blocks, long newDrop) {
        return new ResumePoint(position, newDrop, identity == null ? null : identity.in(blocks), mixed);
    }

    /** Returns the ordinal, in its epoch, of the first record that is not dropped. */
    public long nextRecord() {
        return position.recordOrdinal() + drop;
    }

    /** Returns whether the point is the beginning of an epoch, either of objects or of a stream without objects. */
    public boolean isBeginning() {
        return position.objectOrdinal() <= 0 && position.byteOffset() == 0 && nextRecord() == 0;
    }

    /**
     * Returns this point as a token: one line of JSON. In UTF-8, the token has fewer than 400 bytes. The token of a mix
     * of several sources has fewer than 400 bytes for the mix, plus fewer than 450 bytes for each source that is being
     * read.
     */
    public String toJson() {
        return ResumeJson.write(this);
    }

    /**
     * Reads a token that {@link #toJson} wrote, in this version or an earlier one.
     *
     * @throws IllegalArgumentException if the text is not exactly one such JSON object, if its format is newer than
     *     those that this version of Pipeflux reads, or if a field is missing, duplicated or out of range
     */
    public static ResumePoint fromJson(String text) {
        return ResumeJson.read(text);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ResumePoint that
                && drop == that.drop
                && position.equals(that.position)
                && Objects.equals(identity, that.identity)
                && Objects.equals(mixed, that.mixed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(position, drop);
    }

    @Override
    public String toString() {
        Identity.Source source = identity == null ? null : identity.source();
        return "ResumePoint[" + position + ", drop " + drop
                + (source == null ? "" : ", of " + KeyText.quoted(source.key()))
                + (mixed == null ? "" : ", of " + mixed.by() + " over " + mixed.places())
                + (identity == null ? ", unchecked]" : "]");
    }
}
