package io.pipeflux.samples.training.modes;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.ObjectReadException;
import io.pipeflux.s3.S3Channels;
import io.pipeflux.s3.S3Uri;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Downloads all objects of a channel to a directory, as File mode does before the training begins. Up to eight objects
 * are downloaded at a time. Each object is read with a single GET, and its bytes are written directly to its file.
 */
public final class ChannelDownload {

    private static final int OBJECTS_AT_A_TIME = 8;

    private ChannelDownload() {}

    /**
     * Returns a Mono that downloads a channel when it is subscribed to.
     *
     * @param uri the prefix, see {@link S3Uri}. A file's name is the part of its object's key that follows the last
     *     slash of the prefix
     * @param directory the directory for the files, which is created if it does not exist
     * @return the number of bytes downloaded. The Mono fails if there are no objects, if an object differs from the
     *     listing, or if {@link io.pipeflux.core.channel.DirectoryChannel} would not read a file because of its name
     */
    public static Mono<Long> of(S3AsyncClient client, String uri, Path directory) {
        return of(client, uri, directory, bytes -> {});
    }

    /**
     * Returns a Mono that downloads a channel, as {@link #of(S3AsyncClient, String, Path)} does, and reports its
     * progress.
     *
     * @param progress receives the size of each chunk in bytes, on several threads. If the download of an object fails
     *     and is repeated, this function receives the number of bytes of the failed attempt as a negative number
     */
    public static Mono<Long> of(S3AsyncClient client, String uri, Path directory, LongConsumer progress) {
        int folder = S3Uri.parse(uri).toString().lastIndexOf('/') + 1;
        return S3Channels.prefix(client, uri)
                .objects()
                .flatMap(
                        object -> into(client, object, directory, folder, progress),
                        OBJECTS_AT_A_TIME,
                        OBJECTS_AT_A_TIME)
                .reduce(Long::sum);
    }

    private static Mono<Long> into(
            S3AsyncClient client, ObjectBytes object, Path directory, int folder, LongConsumer progress) {
        String name = object.key().substring(folder);
        S3Uri place = S3Uri.parse(object.key());
        return Mono.fromCallable(() -> file(directory, name, object.key()))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(file -> Mono.fromFuture(() -> client.getObject(
                        get -> get.bucket(place.bucket())
                                .key(place.prefix())
                                .ifMatch(isWeak(object.etag()) ? null : object.etag()),
                        new CountedFile(file, progress))))
                .map(answer -> listed(object, answer));
    }

    private static long listed(ObjectBytes object, GetObjectResponse answer) {
        Long length = answer.contentLength();
        if (length == null || length != object.size()) {
            throw ObjectReadException.of(
                    "expected " + object.size() + " bytes, as listed, but got " + length, object.key(), null, null);
        }
        String etag = object.etag();
        if (etag != null && isWeak(etag) && !etag.equals(answer.eTag())) {
            throw ObjectReadException.of(
                    "expected ETag " + etag + ", as listed, but got " + answer.eTag(), object.key(), null, null);
        }
        return length;
    }

    /**
     * Returns whether an ETag is weak. A weak ETag never matches in {@code If-Match}, so the download compares it with
     * the ETag of the response instead.
     */
    private static boolean isWeak(@Nullable String etag) {
        return etag != null && etag.startsWith("W/");
    }

    private static Path file(Path directory, String name, String key) throws IOException {
        Path relative = Path.of(name);
        boolean isRead = Stream.of(name.split("/", -1)).noneMatch(part -> part.isEmpty() || part.startsWith("."));
        if (!isRead || !relative.toString().equals(name)) { // otherwise, the keys "a//b" and "a/b" would share a file
            throw new IllegalArgumentException("expected a key that names a file under the directory, without empty"
                    + " parts and parts that begin with a dot, but got " + key);
        }
        Path file = directory.resolve(relative);
        Files.createDirectories(file.getParent());
        return file;
    }
}
