package io.pipeflux.core.pipe;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The report of format 0 as the agent of commit 2101fb5 wrote it and as its reader read it: that version's class. */
record EarlierReport(long bytes, long objects, @Nullable String error) {

    private static final JsonFactory JSON = new JsonFactory();

    void write(Path path) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeNumberProperty("bytes", bytes);
            json.writeNumberProperty("objects", objects);
            json.writeBooleanProperty("ok", error == null);
            if (error != null) {
                json.writeStringProperty("error", error);
            }
            json.writeEndObject();
        }
        // a reader sees the whole file or none
        Path whole = path.resolveSibling(path.getFileName() + ".tmp");
        Files.writeString(whole, text.toString());
        Files.move(whole, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Reads the report, or null if there is none. */
    static @Nullable EarlierReport read(Path path) throws IOException {
        String text;
        try {
            text = Files.readString(path);
        } catch (NoSuchFileException e) {
            return null;
        }
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            return parse(json);
        } catch (JacksonException e) {
            throw new IOException(path + " is no report of a pipe's end: " + e.getOriginalMessage(), e);
        }
    }

    private static EarlierReport parse(JsonParser json) {
        long bytes = -1;
        long objects = 0;
        boolean ok = false;
        String error = null;
        json.nextToken();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "bytes" -> bytes = json.getLongValue();
                case "objects" -> objects = json.getLongValue();
                case "ok" -> ok = json.getBooleanValue();
                case "error" -> error = json.getString();
                default -> json.skipChildren();
            }
        }
        return new EarlierReport(bytes, objects, ok ? null : error == null ? "no reason given" : error);
    }
}
