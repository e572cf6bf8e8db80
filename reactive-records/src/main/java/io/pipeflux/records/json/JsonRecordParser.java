package io.pipeflux.records.json;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.JsonErrors;
import io.pipeflux.core.internal.JsonUtf8;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * Parses the bytes of records into columns in one pass, one row per record. Each instance builds one batch. Not
 * thread-safe.
 */
final class JsonRecordParser {

    private static final JsonFactory JSON =
            JsonUtf8.factory(JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS));

    private final PathNode root;
    private final JsonColumn[] columns;
    // To find duplicate names, the objects are numbered. For each node, this array contains the number of the latest
    // object that contains the node's name.
    private long[] seen = {};
    private long objects; // the number of JSON objects that the parser has entered so far

    JsonRecordParser(List<JsonField> fields, PathNode root, int rows, BatchMemory memory) {
        this.root = root;
        this.columns =
                fields.stream().map(field -> JsonColumn.of(field, rows, memory)).toArray(JsonColumn[]::new);
    }

    /** Writes the record's values to the next row of all columns. */
    void parse(RawRecord record) {
        try (JsonParser json = JsonUtf8.parser(JSON, record.array(), record.arrayOffset(), record.size())) {
            JsonToken first = json.nextToken();
            if (first == null) {
                throw corrupt(record, "expected a value, but got an empty record", null);
            }
            value(json, first, root);
            if (json.nextToken() != null) {
                throw corrupt(
                        record,
                        "expected one value, but got a second one after it" + at(record, json.currentTokenLocation()),
                        null);
            }
            for (JsonColumn column : columns) {
                column.endRow();
            }
        } catch (ValueException e) {
            throw CoreAccess.exception(
                    SchemaMismatchException.class,
                    ErrorKind.WRONG_VALUE,
                    "JSON: " + e.getMessage(),
                    record.source(),
                    record.position(),
                    null);
        } catch (JacksonException e) {
            throw corrupt(record, JsonErrors.message(e) + at(record, e.getLocation()), e);
        }
    }

    private static String at(RawRecord record, @Nullable TokenStreamLocation location) {
        return location == null || location.getByteOffset() < 0
                ? ""
                : ", at byte "
                        + (location.getByteOffset()
                                + JsonUtf8.markBytes(record.array(), record.arrayOffset(), record.size()))
                        + " of the record";
    }

    private static CorruptRecordException corrupt(RawRecord record, String what, @Nullable Throwable cause) {
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.BAD_PAYLOAD,
                "JSON: " + what,
                record.source(),
                record.position(),
                cause);
    }

    /**
     * Reads a value completely.
     *
     * @param token the value's first token
     * @param node the tree node of the value, or null if no path leads to the value
     */
    private void value(JsonParser json, JsonToken token, @Nullable PathNode node) {
        if (node == null) {
            json.skipChildren();
        } else if (node.fields().length > 0) {
            for (int field : node.fields()) {
                columns[field].take(json, token);
            }
        } else if (token == JsonToken.START_OBJECT && node.isObject()) {
            object(json, node);
        } else if (token == JsonToken.START_ARRAY && node.isArray()) {
            array(json, node);
        } else if (token != JsonToken.VALUE_NULL) {
            throw new ValueException(
                    node.toString(), node.isObject() ? "an object" : "an array", JsonColumn.kind(json, token));
        }
    }

    private void object(JsonParser json, PathNode node) {
        long object = ++objects;
        String name = json.nextName();
        while (name != null) {
            PathNode child = node.name(name);
            JsonToken token = json.nextToken();
            if (child == null) {
                json.skipChildren();
            } else {
                if (child.id() >= seen.length) {
                    seen = Arrays.copyOf(seen, 2 * child.id() + 2);
                }
                if (seen[child.id()] == object) {
                    throw new ValueException(child.toString(), "the name once", "it twice in one object");
                }
                seen[child.id()] = object;
                value(json, token, child);
            }
            name = json.nextName();
        }
    }

    private void array(JsonParser json, PathNode node) {
        PathNode each = node.each();
        if (each == null) {
            JsonToken token = json.nextToken();
            for (int i = 0; token != JsonToken.END_ARRAY; i++) {
                value(json, token, node.index(i));
                token = json.nextToken();
            }
            return;
        }
        for (int field : each.fieldsBelow()) {
            columns[field].beginList();
        }
        JsonToken token = json.nextToken();
        while (token != JsonToken.END_ARRAY) {
            value(json, token, each);
            for (int field : each.fieldsBelow()) {
                columns[field].endElement();
            }
            token = json.nextToken();
        }
    }

    /** Writes a padded row to all columns. */
    void pad() {
        for (JsonColumn column : columns) {
            column.pad();
        }
    }

    /** Returns the columns. Must be called after all rows have been written. */
    List<Column> finish() {
        return Arrays.stream(columns).map(JsonColumn::finish).toList();
    }
}
