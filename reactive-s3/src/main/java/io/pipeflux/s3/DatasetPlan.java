package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Flux;

/**
 * The settings of a dataset that is to be written.
 *
 * @param folder the folder, which ends in a slash
 * @param indexEvery the number of records from one indexed record to the next, or 0 for no index
 * @param encodedBytes returns the encoded size of an element in bytes, or always 0 if there is no index
 */
record DatasetPlan<T>(
        S3Writer writer,
        S3Uri folder,
        Function<Flux<T>, Flux<ByteBuffer>> encoder,
        long objectBytes,
        String suffix,
        int indexEvery,
        ToLongFunction<? super T> encodedBytes) {

    /**
     * Returns the folder's URI without the trailing slash. The URIs of the manifest and of the indexes begin with this
     * text.
     */
    String beside() {
        String name = folder.toString();
        return name.substring(0, name.length() - 1);
    }

    String manifest() {
        return beside() + ".manifest";
    }
}
