package io.pipeflux.s3;

import java.util.List;
import java.util.Objects;

/**
 * A dataset that the store has confirmed.
 *
 * @param manifest {@code s3://bucket/key} of the dataset's manifest, for {@link S3Channels#manifest}
 * @param objects the dataset's objects, in order
 * @param records the number of elements that were written
 */
public record WrittenDataset(String manifest, List<WrittenObject> objects, long records) {

    /** @throws NullPointerException if a component is null */
    public WrittenDataset {
        Objects.requireNonNull(manifest, "manifest");
        objects = List.copyOf(objects);
    }

    /** Returns the total number of bytes of all objects. */
    public long size() {
        return objects.stream().mapToLong(WrittenObject::size).sum();
    }
}
