package io.pipeflux.core.job;

import io.pipeflux.core.PipeException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.Denied;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Failed;
import io.pipeflux.core.internal.FileAccess;
import io.pipeflux.core.internal.JsonErrors;
import io.pipeflux.core.internal.Missing;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads and writes the JSON files that describe a job. JSON objects become maps, arrays become lists, and scalars
 * become strings.
 */
final class JobFile {

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path directory;
    private final Path path;

    JobFile(Path configDirectory, String name) {
        this.directory = configDirectory;
        this.path = configDirectory.resolve(name);
    }

    /**
     * Reads the JSON object in the file.
     *
     * @return null if the file does not exist
     * @throws PipeException if the file could not be read or is not a JSON object
     */
    @Nullable
    Map<String, @Nullable Object> find() {
        String text = text();
        try {
            return text == null ? null : object(text);
        } catch (JacksonException e) {
            throw failed("is not valid JSON: " + JsonErrors.message(e), e);
        }
    }

    /**
     * Reads the JSON object in a file that another process may be writing.
     *
     * @return null if the file does not exist, is empty or is not valid JSON, because it may still be incomplete
     * @throws PipeException if the file could not be read, or contains a JSON value that is not an object
     */
    @Nullable
    Map<String, @Nullable Object> findWhole() {
        String text = text();
        try {
            return text == null || text.isBlank() ? null : object(text);
        } catch (JacksonException e) {
            return null;
        }
    }

    private @Nullable String text() {
        try {
            String text = Files.readString(path);
            // RFC 8259 permits ignoring a byte order mark
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (NoSuchFileException e) {
            try {
                Missing.prove(path, e);
                return null;
                // the agent may have created the directory in the meantime, without permission for this user
            } catch (AccessDeniedException closed) {
                throw denied(closed);
            } catch (IOException notMissing) {
                throw failed("could not be read: " + Failed.reason(notMissing), notMissing);
            }
        } catch (AccessDeniedException e) {
            throw denied(e);
        } catch (IOException e) {
            throw failed("could not be read: " + Failed.reason(e), e);
        }
    }

    private PipeException denied(AccessDeniedException e) {
        return failed("could not be read: permission denied: " + Denied.explain(path.toString()) + Denied.HELP, e);
    }

    private Map<String, @Nullable Object> object(String text) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            json.nextToken();
            Object value = value(json);
            if (!(value instanceof Map<?, ?> map) || json.nextToken() != null) {
                throw failed("is wrong: expected one JSON object, but got a different value or more than one", null);
            }
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            map.forEach((name, field) -> object.put(String.valueOf(name), field));
            return object;
        }
    }

    /**
     * Parses a string that consists of one JSON value. Returns null if the value is JSON's null, or if the string is
     * not exactly one value.
     */
    static @Nullable Object parsed(String text) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            json.nextToken();
            Object value = value(json);
            return json.nextToken() == null ? value : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static @Nullable Object value(JsonParser json) {
        JsonToken token = json.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                json.nextToken();
                object.put(name, value(json));
            }
            return object;
        }
        if (token == JsonToken.START_ARRAY) {
            List<@Nullable Object> array = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                array.add(value(json));
            }
            return array;
        }
        return token == null || token == JsonToken.VALUE_NULL ? null : json.getString();
    }

    /**
     * Returns a member of a JSON object in this file. The case of the name is ignored, because it differs between
     * agents.
     *
     * @return null if no member has this name, or if its value is JSON's null
     * @throws PipeException if several members have this name
     */
    @Nullable
    Object member(Map<?, ?> object, String name) {
        List<String> found = object.keySet().stream()
                .map(String::valueOf)
                .filter(name::equalsIgnoreCase)
                .toList();
        if (found.size() > 1) {
            throw failed("is wrong: expected one member \"" + name + "\", but got " + found, null);
        }
        return found.isEmpty() ? null : object.get(found.get(0));
    }

    /**
     * Returns a scalar member of a JSON object in this file, as a string.
     *
     * @return null in the same cases as {@link #member}
     * @throws PipeException if several members have this name, or if the value is an object or an array
     */
    @Nullable
    String text(Map<?, ?> object, String name) {
        Object value = member(object, name);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw failed("is wrong: expected a text as \"" + name + "\", but got " + value, null);
    }

    /**
     * Replaces the file atomically. A process that polls for the file sees either the complete new file or the previous
     * state. Only the owner may use the new file.
     */
    void write(Consumer<JsonGenerator> properties) throws IOException {
        Path whole = FileAccess.OWNER.createDirectories(directory).resolve("." + path.getFileName() + ".new");
        Files.deleteIfExists(whole);
        // never writes through a link or into a pipe of this name
        FileAccess.createFile(whole);
        try {
            fill(whole, properties);
            Files.move(whole, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException | Error e) {
            FileAccess.removeAfter(e, whole);
            throw e;
        }
    }

    private static void fill(Path whole, Consumer<JsonGenerator> properties) throws IOException {
        try (OutputStream out = Files.newOutputStream(whole, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
            json.writeStartObject();
            properties.accept(json);
            json.writeEndObject();
        }
    }

    /** Returns an exception whose message consists of the file's path and the given predicate. */
    PipeException failed(String what, @Nullable Throwable cause) {
        return CoreAccess.exception(PipeException.class, ErrorKind.JOB_FILE, path + " " + what, null, null, cause);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
