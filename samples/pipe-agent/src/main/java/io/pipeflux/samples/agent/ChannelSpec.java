package io.pipeflux.samples.agent;

import io.pipeflux.core.codec.Compression;
import io.pipeflux.s3.S3Uri;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A channel as the user describes it, in the terms of CreateTrainingJob.
 *
 * @param kind what the URI refers to
 * @param uri {@code s3://bucket/prefix}, an S3 URL, or {@code file:} followed by a path
 * @param attributes the attribute names if the URI names an augmented manifest, and otherwise empty
 * @param instanceGroups the instance groups whose hosts read the channel, or empty if all hosts read it
 * @param sharded whether each host reads only its share of the objects
 * @param wrapped whether the agent turns each object into one RecordIO record
 * @param compression the compression of the objects. The agent decompresses the objects
 */
record ChannelSpec(
        String name,
        Kind kind,
        String uri,
        List<String> attributes,
        List<String> instanceGroups,
        boolean sharded,
        boolean wrapped,
        Compression compression,
        @Nullable Long shuffleSeed,
        @Nullable String contentType) {

    private static final String FILE = "file:";

    /** The kinds of URIs, with the names that CreateTrainingJob uses for them. */
    enum Kind {
        S3Prefix,
        ManifestFile,
        AugmentedManifestFile
    }

    ChannelSpec {
        boolean file = uri.startsWith(FILE) && uri.length() > FILE.length();
        if (!file && !S3Uri.isS3(uri)) {
            throw new InputException("channel " + name
                    + ": expected s3://bucket/prefix, a URL of S3 or file:/path, but got '" + uri + "'");
        }
        try {
            if (!file) {
                S3Uri.parse(uri);
            }
        } catch (IllegalArgumentException e) {
            throw new InputException("channel " + name + ": " + e.getMessage());
        }
        if (file && kind == Kind.ManifestFile) {
            throw new InputException("channel " + name + ": expected a " + kind + " in S3, but got '" + uri + "'");
        }
        if (kind == Kind.AugmentedManifestFile && attributes.isEmpty()) {
            throw new InputException(
                    "channel " + name + ": expected AttributeNames for an AugmentedManifestFile, but got none");
        }
        if (kind != Kind.AugmentedManifestFile && !attributes.isEmpty()) {
            throw new InputException(
                    "channel " + name + ": AttributeNames are for an AugmentedManifestFile, and this is a " + kind);
        }
    }

    boolean isFile() {
        return uri.startsWith(FILE);
    }

    /**
     * Returns the path of a {@code file:} URI: the text after {@code file:} or {@code file://}, without
     * percent-decoding.
     */
    Path path() {
        String path = uri.substring(FILE.length());
        return Path.of(path.startsWith("//") ? path.substring(2) : path);
    }
}
