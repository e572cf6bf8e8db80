package io.pipeflux.samples.agent;

import io.pipeflux.s3.S3Uri;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Writes the files of {@code pipe-agent verify}: one line of JSON per object, and a manifest of the good objects. */
final class VerifyFiles implements AutoCloseable {

    private final @Nullable ResultFile lines;
    private final @Nullable ResultFile manifest;
    private @Nullable String bucket; // the manifest's prefix, s3://bucket/, or null before the first key
    private long inManifest;

    /**
     * @param lines the file to which one line per object is written, or null
     * @param manifest the file to which the manifest is written, in SageMaker's ManifestFile format, or null
     */
    VerifyFiles(@Nullable Path lines, @Nullable Path manifest) {
        this.lines = lines == null ? null : new ResultFile(lines);
        this.manifest = manifest == null ? null : new ResultFile(manifest);
    }

    void add(VerifiedObject object) {
        if (lines != null) {
            lines.writeJson(json -> line(json, object));
            lines.write("\n");
        }
        if (manifest != null && object.isGood() && !object.isHidden()) {
            addTo(manifest, object.key());
            inManifest++;
        }
    }

    /**
     * Adds an object to the manifest. {@code key} is the object's URI. Its beginning {@code s3://bucket/} is written
     * only once, because all objects of a channel are in one bucket.
     */
    private void addTo(ResultFile to, String key) {
        String prefix = bucket == null ? "s3://" + S3Uri.parse(key).bucket() + "/" : bucket;
        if (bucket == null) {
            bucket = prefix;
            to.write("[");
            to.writeJson(json -> {
                json.writeStartObject();
                json.writeStringProperty("prefix", prefix);
                json.writeEndObject();
            });
        }
        to.write(",\n");
        to.writeJson(json -> json.writeString(key.substring(prefix.length())));
    }

    private static void line(JsonGenerator json, VerifiedObject object) {
        json.writeStartObject();
        json.writeStringProperty("key", object.key());
        json.writeNumberProperty("bytes", object.bytes());
        if (object.records() != null) {
            json.writeNumberProperty("records", object.records());
            json.writeNumberProperty("corrupt", object.corrupt());
        }
        json.writeBooleanProperty("verified", object.verified());
        json.writeBooleanProperty("good", object.isGood());
        if (object.problem() != null) {
            json.writeStringProperty("problem", object.problem());
        }
        json.writeEndObject();
    }

    /**
     * Completes the files. Returns the number of objects in the manifest. If this number is 0, no manifest is written.
     */
    long finish() throws IOException {
        if (lines != null) {
            lines.finish();
        }
        if (manifest != null && inManifest > 0) {
            manifest.write("\n]\n");
            manifest.finish();
        }
        return inManifest;
    }

    @Override
    public void close() throws IOException {
        try {
            if (lines != null) {
                lines.close();
            }
        } finally {
            if (manifest != null) {
                manifest.close();
            }
        }
    }
}
