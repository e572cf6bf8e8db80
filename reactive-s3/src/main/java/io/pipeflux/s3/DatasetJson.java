package io.pipeflux.s3;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Encodes the JSON files that describe a dataset: its manifest, and an index for each object. */
final class DatasetJson {

    private static final JsonFactory JSON = new JsonFactory();

    private DatasetJson() {}

    /** Returns a manifest in SageMaker's ManifestFile format, see {@link S3Channels#manifest}. */
    static ByteBuffer manifest(String prefix, List<String> names) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartArray();
            json.writeStartObject();
            json.writeStringProperty("prefix", prefix);
            json.writeEndObject();
            for (String name : names) {
                json.writeRaw('\n');
                json.writeString(name);
            }
            json.writeEndArray();
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    static ByteBuffer index(DatasetObject object, WrittenObject written, int every) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeNumberProperty("format", 1);
            json.writeStringProperty("object", written.uri());
            json.writeNumberProperty("size", written.size());
            json.writeStringProperty("etag", written.etag());
            json.writeNumberProperty("records", object.records());
            json.writeNumberProperty("every", every);
            json.writeArrayPropertyStart("offsets");
            object.offsets().forEach(json::writeNumber);
            json.writeEndArray();
            json.writeEndObject();
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }
}
