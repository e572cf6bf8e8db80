package io.pipeflux.samples.agent;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A channel as the user describes it, in the terms of CreateTrainingJob.
 *
 * @param uri {@code s3://bucket/prefix}, or {@code file:} and a path
 * @param attributes of an augmented manifest; else none
 * @param sharded whether each host gets a share
 * @param wrapped whether each object becomes a RecordIO record
 * @param gzip whether objects are inflated
 */
record ChannelSpec(
        String name,
        Kind kind,
        String uri,
        List<String> attributes,
        boolean sharded,
        boolean wrapped,
        boolean gzip,
        @Nullable Long shuffleSeed,
        @Nullable String contentType) {

    private static final String S3 = "s3://";
    private static final String FILE = "file:";

    /** What the URI names, in CreateTrainingJob's words. */
    enum Kind {
        S3Prefix,
        ManifestFile,
        AugmentedManifestFile
    }

    ChannelSpec {
        boolean s3 = uri.startsWith(S3) && uri.length() > S3.length() && uri.charAt(S3.length()) != '/';
        boolean file = uri.startsWith(FILE) && uri.length() > FILE.length();
        if (!s3 && !file) {
            throw new InputException(
                    "channel " + name + ": s3://bucket/prefix or file:/path required but it was '" + uri + "'");
        }
        if (file && kind != Kind.S3Prefix) {
            throw new InputException("channel " + name + ": a " + kind + " in S3 required but it was '" + uri + "'");
        }
        if (kind == Kind.AugmentedManifestFile && attributes.isEmpty()) {
            throw new InputException(
                    "channel " + name + ": AttributeNames required for an AugmentedManifestFile but there are none");
        }
        if (kind != Kind.AugmentedManifestFile && !attributes.isEmpty()) {
            throw new InputException(
                    "channel " + name + ": AttributeNames are for an AugmentedManifestFile, and this is a " + kind);
        }
    }

    boolean isFile() {
        return uri.startsWith(FILE);
    }

    /** The directory or file of a {@code file:} URI: what stands behind {@code file:} or {@code file://}, literally. */
    Path path() {
        String path = uri.substring(FILE.length());
        return Path.of(path.startsWith("//") ? path.substring(2) : path);
    }
}
