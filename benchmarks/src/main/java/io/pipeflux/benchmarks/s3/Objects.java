package io.pipeflux.benchmarks.s3;

import java.util.Locale;
import reactor.core.publisher.Flux;

/** Several objects of the same size. Their names follow the scheme of {@link StubStore}. */
record Objects(long size, int count) {

    String prefix() {
        return size + "-" + count + "/";
    }

    Flux<String> keys() {
        return Flux.range(0, count).map(i -> prefix() + String.format(Locale.ROOT, "%07d", i));
    }

    long bytes() {
        return size * count;
    }
}
