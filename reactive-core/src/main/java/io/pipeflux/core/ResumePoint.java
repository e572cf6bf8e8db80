package io.pipeflux.core;

import io.pipeflux.core.internal.Blocks;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where to begin again: a position to read from, how many records to read and drop from there, and the identity of what
 * the position points into. Immutable.
 *
 * <p>It is a token of less than 400 bytes that a training loop stores beside its model ({@link #toJson}) and hands back
 * after a restart ({@link Pass#resumeAt}). The drop count is 0 where a stream can be entered at any record; it is not 0
 * in streams that can be entered at some places only, such as the beginning of a compressed object.
 *
 * <p>The position is the address: object 3 of an epoch stays object 3. The identity is compared when the point is
 * applied, and what differs is refused with a {@link ResumeMismatchException}:
 *
 * <pre>
 *   an object            a 64-bit hash of its key, size and ETag (in directories its time of modification)
 *   its channel          seed and share; the number of all keys and a hash of them if it is shuffled, else a hash of the
 *                        keys listed up to the object
 *   a pipe               what its writer said about its content, if it said something
 *   the operators        block and seed of the shuffle, count and index of the shard, which of the two is first
 *   a shuffled block     a hash of the objects from its beginning to its last record
 * </pre>
 *
 * <p>A point that a caller makes, and one that was stored before points had an identity, is not compared.
 */
public final class ResumePoint {

    /** The beginning of epoch 0, of objects and of streams that know no objects. */
    public static final ResumePoint START = new ResumePoint(Position.START, 0);

    private static final long END_OF_EPOCHS = 1L << 62;

    private final Position position;
    private final long drop;
    private final @Nullable Identity identity;

    /**
     * A point without an identity, which is compared with nothing.
     *
     * @param position the position of the first byte to read; its numbers are not negative, but for the object of a
     *     stream that knows none; its epoch is less than 2^62
     * @param drop how many records to drop from there, not negative
     */
    public ResumePoint(Position position, long drop) {
        this(position, drop, null);
    }

    ResumePoint(Position position, long drop, @Nullable Identity identity) {
        this.position = Objects.requireNonNull(position, "position");
        this.drop = drop;
        this.identity = identity;
        require(position.epoch() >= 0, "epoch >= 0", position.epoch());
        require(position.epoch() < END_OF_EPOCHS, "epoch < 2^62", position.epoch()); // later ones can be counted
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

    /** The position of the first byte to read. */
    public Position position() {
        return position;
    }

    /** How many records to drop from there. */
    public long drop() {
        return drop;
    }

    /**
     * The same point without its identity: it is applied to whatever is there, for callers who know that it is right,
     * such as after objects were copied to another bucket. Rows may otherwise be read twice, and others never.
     */
    public ResumePoint unchecked() {
        return identity == null ? this : new ResumePoint(position, drop);
    }

    @Nullable
    Identity identity() {
        return identity;
    }

    /** Returns the point that many records later, by a larger drop count. */
    public ResumePoint plus(long records) {
        return new ResumePoint(position, drop + records, identity);
    }

    /** The same point with another drop count, in a shuffle or outside of one. */
    ResumePoint in(@Nullable Blocks blocks, long newDrop) {
        return new ResumePoint(position, newDrop, identity == null ? null : identity.in(blocks));
    }

    /** Returns the ordinal, in its epoch, of the first record that is emitted. */
    public long nextRecord() {
        return position.recordOrdinal() + drop;
    }

    /** Returns whether it is the beginning of an epoch: nothing is left out, in a stream of objects or of bytes. */
    public boolean isBeginning() {
        return position.objectOrdinal() <= 0 && position.byteOffset() == 0 && nextRecord() == 0;
    }

    /** The token as one line of JSON, of less than 400 bytes in UTF-8. */
    public String toJson() {
        return ResumeJson.write(this);
    }

    /**
     * Reads what {@link #toJson} wrote, in this version or an earlier one.
     *
     * @throws IllegalArgumentException if the text is not such a JSON object and nothing else, if it has a newer
     *     format, or if a field is missing, doubled or not legal
     */
    public static ResumePoint fromJson(String text) {
        return ResumeJson.read(text);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ResumePoint that
                && drop == that.drop
                && position.equals(that.position)
                && Objects.equals(identity, that.identity);
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
                + (identity == null ? ", unchecked]" : "]");
    }
}
