package io.pipeflux.samples.training.service;

import io.pipeflux.core.ObjectBytes;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The objects that a run listed when it began. The agent lists its channel anew in each epoch, and {@link #require}
 * compares these lists with the first one.
 */
final class UnchangedData {

    private final DataList list;
    private final String description;

    UnchangedData(DataHash data) {
        list = data.list();
        description = data.describe();
    }

    DataList list() {
        return list;
    }

    /** Returns the number of objects, their total size and their hash. */
    String description() {
        return description;
    }

    /**
     * Returns the objects of an epoch, and fails if they are not those of the first list. A difference in the first
     * {@value DataList#MOST} objects is an error at that object, which is not emitted. A difference in a later object
     * is an error at the end of the epoch.
     */
    Flux<ObjectBytes> require(Flux<ObjectBytes> objects) {
        return Flux.defer(() -> {
            DataHash now = DataHash.empty();
            return objects.doOnNext(object -> {
                        now.add(object);
                        if (!now.agreesWith(list)) {
                            fail(list.difference(now.listSoFar()));
                        }
                    })
                    .concatWith(Mono.fromRunnable(() -> {
                        String found = now.describe();
                        if (!found.equals(description)) {
                            String difference = list.difference(now.list());
                            fail(difference == null ? "expected " + description + ", but got " + found : difference);
                        }
                    }));
        });
    }

    /** @param difference null if the difference is not known before the end of the list */
    private static void fail(@Nullable String difference) {
        if (difference != null) {
            throw new IllegalArgumentException(
                    "the data of train has changed: " + difference + " during the job; submit a new job");
        }
    }
}
