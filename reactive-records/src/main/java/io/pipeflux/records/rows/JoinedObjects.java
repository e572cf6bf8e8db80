package io.pipeflux.records.rows;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.Pass;
import io.pipeflux.core.ResumeMismatchException;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import io.pipeflux.records.recordio.RecordIo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;

/**
 * Joins each group of {@code count} consecutive objects into one object. The joined object contains each original
 * object as a RecordIO record.
 */
final class JoinedObjects {

    private JoinedObjects() {}

    static Flux<ObjectBytes> join(Flux<ObjectBytes> objects, int count) {
        return Guarded.deferContextual(context -> {
            ResumePoint start = Pass.current(context).start();
            if (start != null && start.position().objectOrdinal() % count > 0) {
                throw CoreAccess.exception(
                        ResumeMismatchException.class,
                        ErrorKind.INSIDE_ROW,
                        "the resume point is not between two rows: expected the first of " + count
                                + " objects of a row, but got object "
                                + start.position().objectOrdinal()
                                + ": start with a point that was taken from such rows",
                        null,
                        start.position(),
                        null);
            }
            return Guarded.map(Guarded.of(objects).buffer(count), group -> joined(group, count));
        });
    }

    private static ObjectBytes joined(List<ObjectBytes> group, int count) {
        ObjectBytes first = group.get(0);
        if (group.size() < count) {
            throw CoreAccess.exception(
                    TruncatedInputException.class,
                    ErrorKind.TRUNCATED,
                    "truncated row: the objects ended in a row of " + count + " objects, of which " + group.size()
                            + " were found",
                    first.key(),
                    null,
                    null);
        }
        for (int i = 0; i < count; i++) {
            if (group.get(i).ordinal() != first.ordinal() + i || first.ordinal() % count != 0) {
                throw new IllegalArgumentException("expected all objects of the channel, but got object "
                        + group.get(i).ordinal() + " as number " + (i + 1) + " of the " + count
                        + " of a row: shuffle and shard the channel itself, which keeps the lines of an augmented"
                        + " manifest whole");
            }
        }
        long size = 0;
        for (ObjectBytes object : group) {
            size = size < 0 || object.size() < 0 ? ObjectBytes.UNKNOWN_SIZE : size + framed(object.size());
        }
        return first.withKey(group.stream().map(ObjectBytes::key).collect(Collectors.joining(", ")))
                .withVersion(version(group))
                .withBytes(size, from -> bytes(group, from));
    }

    private static String version(List<ObjectBytes> group) {
        return group.stream()
                .map(object -> object.size() + " bytes of version " + object.version())
                .collect(Collectors.joining(", "));
    }

    /**
     * Returns the length in bytes of the record into which an object of the given size is wrapped. The record has
     * several parts if the object is longer than the maximum length of a part.
     */
    private static long framed(long size) {
        long most = (1L << 29) - 1;
        long before = Math.max(0, size - 1) / most; // the number of parts before the last part
        return before * padded(most) + padded(size - before * most);
    }

    private static long padded(long size) {
        return PartWalk.HEADER_BYTES + ((size + 3) & ~3L);
    }

    private static Flux<ByteBuffer> bytes(List<ObjectBytes> group, long from) {
        long skip = from;
        int first = 0;
        while (first < group.size()
                && skip > 0
                && skip >= framed(group.get(first).size())) {
            skip -= framed(group.get(first++).size());
        }
        Flux<ByteBuffer> bytes =
                Guarded.concatMap(Flux.fromIterable(group.subList(first, group.size())), RecordIo.wrap());
        return skip == 0 ? bytes : without(bytes, skip);
    }

    private static Flux<ByteBuffer> without(Flux<ByteBuffer> bytes, long count) {
        return Guarded.defer(() -> {
            long[] left = {count};
            return bytes.<ByteBuffer>handle((chunk, sink) -> {
                int skipped = (int) Math.min(left[0], chunk.remaining());
                left[0] -= skipped;
                if (skipped < chunk.remaining()) {
                    sink.next(chunk.duplicate().position(chunk.position() + skipped));
                }
            });
        });
    }
}
