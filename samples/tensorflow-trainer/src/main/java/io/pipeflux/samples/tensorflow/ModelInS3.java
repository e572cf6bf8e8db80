package io.pipeflux.samples.tensorflow;

import io.pipeflux.s3.S3Uri;
import io.pipeflux.samples.training.modes.ChannelDownload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Uploads and downloads the files of a SavedModel as objects under a prefix. */
final class ModelInS3 {

    private ModelInS3() {}

    /** @param uri the prefix, with a slash at the end */
    static void upload(Path directory, S3AsyncClient client, String uri) throws IOException {
        S3Uri place = S3Uri.parse(uri);
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            String key = place.prefix() + directory.relativize(file);
            client.putObject(put -> put.bucket(place.bucket()).key(key), AsyncRequestBody.fromFile(file))
                    .join();
        }
    }

    static void download(S3AsyncClient client, String uri, Path directory) {
        ChannelDownload.of(client, uri, directory).block();
    }
}
