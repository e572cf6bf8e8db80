package io.pipeflux.flink;

import io.pipeflux.s3.DatasetWriter;
import io.pipeflux.s3.S3WriteOptions;
import io.pipeflux.s3.S3Writer;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.apache.flink.util.function.SerializableSupplier;
import reactor.core.publisher.Flux;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The settings of a sink. They are sent to the task managers.
 *
 * @param folder the folder's URI, without a slash at its end
 */
record SinkDataset<T>(
        String folder,
        SerializableSupplier<S3AsyncClient> client,
        SerializableSupplier<Function<Flux<T>, Flux<ByteBuffer>>> encoder,
        SerializableSupplier<S3WriteOptions> options,
        long objectBytes,
        String suffix)
        implements Serializable {

    private static final long OBJECT_BYTES = 128L << 20;

    static <T> SinkDataset<T> of(
            String folder,
            SerializableSupplier<S3AsyncClient> client,
            SerializableSupplier<Function<Flux<T>, Flux<ByteBuffer>>> encoder) {
        if (!folder.matches("s3://[^/]+/.*[^/]/?")) {
            throw new IllegalArgumentException("expected s3://bucket/folder, but got '" + folder + "'");
        }
        String name = folder.endsWith("/") ? folder.substring(0, folder.length() - 1) : folder;
        return new SinkDataset<>(name, client, encoder, S3WriteOptions::defaults, OBJECT_BYTES, "");
    }

    SinkDataset<T> withOptions(SerializableSupplier<S3WriteOptions> changed) {
        return new SinkDataset<>(folder, client, encoder, changed, objectBytes, suffix);
    }

    SinkDataset<T> withObjectBytes(long changed) {
        return new SinkDataset<>(folder, client, encoder, options, changed, suffix);
    }

    SinkDataset<T> withSuffix(String changed) {
        return new SinkDataset<>(folder, client, encoder, options, objectBytes, changed);
    }

    S3Writer objects(S3AsyncClient opened) {
        return S3Writer.of(opened, options.get());
    }

    /** Returns the folder that contains a note for each subtask whose input has ended. */
    String ended() {
        return folder + ".ended";
    }

    /** Returns a writer for the folder {@link #ended}. It is used only to check that this folder is new. */
    DatasetWriter<T> ends(S3AsyncClient opened) {
        return DatasetWriter.of(objects(opened), ended(), encoder.get());
    }

    DatasetWriter<T> writer(S3AsyncClient opened) {
        return DatasetWriter.of(objects(opened), folder, encoder.get())
                .objectBytes(objectBytes)
                .suffix(suffix);
    }
}
