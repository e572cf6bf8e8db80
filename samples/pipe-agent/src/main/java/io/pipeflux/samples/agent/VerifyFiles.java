package io.pipeflux.samples.agent;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Writes what was verified: a line of JSON for each object, and a manifest of the good ones. */
final class VerifyFiles implements AutoCloseable {

    private final @Nullable ResultFile lines;
    private final @Nullable ResultFile manifest;
    private final String bucket;
    private long inManifest;

    /**
     * @param lines where a line for each object goes, or null
     * @param manifest where the manifest goes, in the format of SageMaker's ManifestFile, or null
     * @param bucket what the keys of the manifest begin with: {@code s3://bucket/}
     */
    VerifyFiles(@Nullable Path lines, @Nullable Path manifest, String bucket) {
        this.lines = lines == null ? null : new ResultFile(lines);
        this.manifest = manifest == null ? null : new ResultFile(manifest);
        this.bucket = bucket;
        if (this.manifest != null) {
            this.manifest.write("[");
            this.manifest.writeJson(json -> {
                json.writeStartObject();
                json.writeStringProperty("prefix", bucket);
                json.writeEndObject();
            });
        }
    }

    void add(VerifiedObject object) {
        if (lines != null) {
            lines.writeJson(json -> line(json, object));
            lines.write("\n");
        }
        if (manifest != null && object.isGood() && !object.isHidden()) {
            manifest.write(",\n");
            manifest.writeJson(json -> json.writeString(object.key().substring(bucket.length())));
            inManifest++;
        }
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

    /** Completes both files. Returns the number of objects in the manifest; if it is 0, there is none. */
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
