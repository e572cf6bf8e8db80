package io.pipeflux.samples.training.modes;

import io.pipeflux.core.ObjectReadException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * What File mode does before a training begins: all objects of a channel into a directory, eight at a time, each by one
 * GET straight into its file.
 */
public final class ChannelDownload {

    private static final int OBJECTS_AT_A_TIME = 8;

    private ChannelDownload() {}

    /**
     * Downloads a channel; begins at subscription.
     *
     * @param uri {@code s3://bucket/prefix}; a file has the name that its object has behind the last slash of the prefix
     * @param directory is made if it is not there
     * @return the bytes downloaded; fails if there are no objects
     */
    public static Mono<Long> of(S3AsyncClient client, String uri, Path directory) {
        URI parsed = URI.create(uri);
        String bucket = parsed.getHost();
        String prefix = parsed.getPath().substring(1);
        int folder = prefix.lastIndexOf('/') + 1;
        return Flux.from(client.listObjectsV2Paginator(
                                list -> list.bucket(bucket).prefix(prefix))
                        .contents())
                .flatMap(
                        object -> into(client, bucket, object, directory, folder), OBJECTS_AT_A_TIME, OBJECTS_AT_A_TIME)
                .reduce(Long::sum)
                .switchIfEmpty(Mono.error(() -> ObjectReadException.of("there is no object", uri, null, null)));
    }

    private static Mono<Long> into(S3AsyncClient client, String bucket, S3Object object, Path directory, int folder) {
        String name = object.key().substring(folder);
        if (name.isEmpty() || name.endsWith("/")) {
            return Mono.empty(); // a "folder", not data
        }
        return Mono.fromCallable(() -> file(directory, name, object.key()))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(file -> Mono.fromFuture(() -> client.getObject(
                        get -> get.bucket(bucket).key(object.key()).ifMatch(object.eTag()),
                        AsyncResponseTransformer.toFile(file))))
                .thenReturn(object.size());
    }

    private static Path file(Path directory, String name, String key) throws IOException {
        Path file = directory.resolve(name).normalize();
        if (!file.startsWith(directory)) {
            throw new IllegalArgumentException(
                    "a key that names a file under the directory required but it was " + key);
        }
        Files.createDirectories(file.getParent());
        return file;
    }
}
