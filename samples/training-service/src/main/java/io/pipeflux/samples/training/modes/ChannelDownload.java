package io.pipeflux.samples.training.modes;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.s3.S3Channels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * What File mode does before a training begins: all objects of a channel into a directory, eight at a time, each by one
 * GET straight into its file.
 */
public final class ChannelDownload {

    private static final String SCHEME = "s3://";
    private static final int OBJECTS_AT_A_TIME = 8;

    private ChannelDownload() {}

    /**
     * Downloads a channel; begins at subscription.
     *
     * @param uri {@code s3://bucket/prefix}, taken literally; a file has the name that its object has behind the last slash
     *     of the prefix
     * @param directory is made if it is not there
     * @return the bytes downloaded; fails if there are no objects, if one is not what the listing says, and if one's key
     *     names no file under the directory
     */
    public static Mono<Long> of(S3AsyncClient client, String uri, Path directory) {
        String channel = uri.indexOf('/', SCHEME.length()) < 0 ? uri + "/" : uri;
        int folder = channel.lastIndexOf('/') + 1;
        return S3Channels.prefix(client, uri)
                .objects()
                .flatMap(object -> into(client, object, directory, folder), OBJECTS_AT_A_TIME, OBJECTS_AT_A_TIME)
                .reduce(Long::sum);
    }

    private static Mono<Long> into(S3AsyncClient client, ObjectBytes object, Path directory, int folder) {
        String name = object.key().substring(folder);
        int bucketEnd = object.key().indexOf('/', SCHEME.length());
        String bucket = object.key().substring(SCHEME.length(), bucketEnd);
        String key = object.key().substring(bucketEnd + 1);
        return Mono.fromCallable(() -> file(directory, name, object.key()))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(file -> Mono.fromFuture(() -> client.getObject(
                        get -> get.bucket(bucket).key(key).ifMatch(object.etag()),
                        AsyncResponseTransformer.toFile(file))))
                .map(answer -> listed(object, answer));
    }

    private static long listed(ObjectBytes object, GetObjectResponse answer) {
        Long length = answer.contentLength();
        if (length == null || length != object.size()) {
            throw ObjectReadException.of(
                    "expected " + object.size() + " bytes, as listed, but got " + length, object.key(), null, null);
        }
        return length;
    }

    private static Path file(Path directory, String name, String key) throws IOException {
        Path file = directory.resolve(name).normalize();
        if (name.isEmpty() || name.endsWith("/") || !file.startsWith(directory) || file.equals(directory)) {
            throw new IllegalArgumentException("expected a key that names a file under the directory, but got " + key);
        }
        Files.createDirectories(file.getParent());
        return file;
    }
}
