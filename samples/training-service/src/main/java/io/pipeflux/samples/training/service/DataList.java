package io.pipeflux.samples.training.service;

import io.pipeflux.core.ObjectBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The first objects of a channel, kept beside a job's checkpoints. A checkpoint contains only a hash of all objects.
 * With this list, an error can also name an object that differs between two runs.
 */
record DataList(List<Entry> objects, boolean isWhole) {

    static final int MOST = 10_000;

    /** The order in which S3 lists keys: by the bytes of their UTF-8. */
    private static final Comparator<String> IN_ORDER =
            Comparator.comparing(key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

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

        /** See {@link DataHash#agreesWith}. */
        boolean agreesWith(DataList other) {
            int last = objects.size() - 1;
            return !isWhole
                    || (last < other.objects.size()
                            ? objects.get(last).equals(other.objects.get(last))
                            : !other.isWhole());
        }

        /** Returns the objects so far. Further objects may follow. */
        DataList unfinished() {
            return new DataList(List.copyOf(objects), false);
        }

        DataList build() {
            return new DataList(List.copyOf(objects), isWhole);
        }
    }

    /**
     * Parses the text of the file {@code data.json}.
     *
     * @throws IllegalArgumentException if the text is not the list of a job's data
     */
    static DataList parse(String json) {
        DataList list;
        try {
            list = Json.read(json, DataList.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("expected a list of objects, but got: " + e.getOriginalMessage(), e);
        }
        if (list == null || list.objects == null || list.objects.isEmpty()) {
            throw new IllegalArgumentException("expected a list of objects, but got none");
        }
        for (Entry object : list.objects) {
            if (object == null || object.key == null) {
                throw new IllegalArgumentException("expected a list of objects, but one has no key");
            }
        }
        return list;
    }

    /**
     * Describes the first difference between this list and a later list, in the order of the keys. Returns null if
     * their objects are equal, or if the first difference is not known, because a list is not whole.
     */
    @Nullable
    String difference(DataList now) {
        Map<String, Entry> before = byKey();
        Map<String, Entry> after = now.byKey();
        SortedSet<String> keys = new TreeSet<>(IN_ORDER);
        keys.addAll(before.keySet());
        keys.addAll(after.keySet());
        for (String key : keys) {
            Entry was = before.get(key);
            Entry is = after.get(key);
            if (was == null && is != null) {
                return knows(key) ? key + " was added" : null;
            }
            if (was != null && is == null) {
                return now.knows(key) ? key + " was removed" : null;
            }
            if (was != null && is != null && !was.equals(is)) {
                return key + " was replaced: it had " + version(was) + ", and now has " + version(is);
            }
        }
        for (int i = 0; i < Math.min(objects.size(), now.objects.size()); i++) {
            String key = objects.get(i).key;
            if (!key.equals(now.objects.get(i).key)) {
                return key + " has a different place in the list";
            }
        }
        return null;
    }

    /** Returns whether an object of this key would be in the list if it were one of the objects. */
    private boolean knows(String key) {
        return isWhole || (isSorted() && IN_ORDER.compare(key, objects.get(objects.size() - 1).key) <= 0);
    }

    private boolean isSorted() {
        for (int i = 1; i < objects.size(); i++) {
            if (IN_ORDER.compare(objects.get(i - 1).key, objects.get(i).key) > 0) {
                return false;
            }
        }
        return !objects.isEmpty();
    }

    private static String version(Entry of) {
        return of.size + " bytes" + (of.etag == null ? "" : " and the ETag " + of.etag);
    }

    private Map<String, Entry> byKey() {
        return objects.stream().collect(Collectors.toMap(Entry::key, Function.identity(), (one, other) -> one));
    }
}
