package io.pipeflux.samples.training.service;

import io.pipeflux.core.ObjectBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The first objects of a channel, kept beside a job's checkpoints. A checkpoint contains only a hash of all objects.
 * With this list, an error can also name an object that differs between two runs.
 */
record DataList(List<Entry> objects, boolean isWhole) {

    static final int MOST = 10_000;

    record Entry(String key, long size, @Nullable String etag) {}

    /** Collects the objects of a listing. */
    static final class Builder {

        private final List<Entry> objects = new ArrayList<>();
        private boolean isWhole = true;

        void add(ObjectBytes object) {
            if (objects.size() < MOST) {
                objects.add(new Entry(object.key(), object.size(), object.etag()));
            } else {
                isWhole = false;
            }
        }

        DataList build() {
            return new DataList(List.copyOf(objects), isWhole);
        }
    }

    /** Describes the first difference between this list and a later list. Returns null if their objects are equal. */
    @Nullable
    String difference(DataList now) {
        for (int i = 0; i < Math.max(objects.size(), now.objects.size()); i++) {
            Entry was = i < objects.size() ? objects.get(i) : null;
            Entry is = i < now.objects.size() ? now.objects.get(i) : null;
            if (!Objects.equals(was, is)) {
                return difference(now, was, is);
            }
        }
        return null;
    }

    private @Nullable String difference(DataList now, @Nullable Entry was, @Nullable Entry is) {
        Entry earlier = is == null ? null : byKey().get(is.key);
        if (is != null && earlier != null && !earlier.equals(is)) {
            return is.key + " was replaced: it had " + version(earlier) + ", and now has " + version(is);
        }
        if (is != null && earlier == null) {
            return isWhole || was != null ? is.key + " was added" : null;
        }
        if (was == null) {
            return null;
        }
        return now.byKey().containsKey(was.key)
                ? was.key + " has a different place in the list"
                : now.isWhole || is != null ? was.key + " was removed" : null;
    }

    private static String version(Entry of) {
        return of.size + " bytes" + (of.etag == null ? "" : " and the ETag " + of.etag);
    }

    private Map<String, Entry> byKey() {
        return objects.stream().collect(Collectors.toMap(Entry::key, Function.identity(), (one, other) -> one));
    }
}
