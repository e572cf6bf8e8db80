package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Flux;

/**
 * The settings of a dataset that is to be written.
 *
 * @param folder ends in a slash
 * @param indexEvery the distance of indexed records, or 0 for no index
 * @param encodedBytes 0 for each element if there is no index
 */
record DatasetPlan<T>(
        S3Writer writer,
        S3Uri folder,
        Function<Flux<T>, Flux<ByteBuffer>> encoder,
        long objectBytes,
        String suffix,
        int indexEvery,
        ToLongFunction<? super T> encodedBytes) {

    /** Returns the folder without its slash: how the names of what is written beside it begin. */
    String beside() {
        String name = folder.toString();
        return name.substring(0, name.length() - 1);
    }

    String manifest() {
        return beside() + ".manifest";
    }
}
