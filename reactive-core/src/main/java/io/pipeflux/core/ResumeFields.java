package io.pipeflux.core;

import io.pipeflux.core.internal.JsonErrors;
import io.pipeflux.core.internal.KeyText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The fields of a resume point's JSON. Each field is checked when it is read. Unknown fields are ignored. */
final class ResumeFields {

    /**
     * The newest format that this version reads. Points of a single source are written in format 1, so that earlier
     * versions can read them.
     */
    static final long NEWEST_FORMAT = 2;

    private static final JsonFactory JSON = new JsonFactory();
    private static final String FORMAT = "format";
    private static final String TURN = "turn";
    private static final String SOURCES = "sources";
    private static final String AT = "at";
    private static final Pattern PAIR = Pattern.compile("(\\d{1,19})/(-?\\d{1,19})");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{16}");
    private static final int SHOWN_CHARACTERS = 400;

    private final String text;
    private final Map<String, String> values = new HashMap<>();
    private final Map<String, JsonToken> kinds = new HashMap<>();
    private final List<Long> turn = new ArrayList<>();
    private final List<@Nullable ResumeFields> sources = new ArrayList<>();
    private @Nullable ResumeFields at;

    private ResumeFields(String text) {
        this.text = text;
    }

    /**
     * Parses a resume point's JSON.
     *
     * @throws IllegalArgumentException if the text is not exactly one JSON object with distinct field names, or if its
     *     format is newer than {@link #NEWEST_FORMAT}
     */
    static ResumeFields of(String text) {
        ResumeFields fields = new ResumeFields(text);
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw fields.wrong("expected a JSON object", null);
            }
            fields.read(json);
            if (json.nextToken() != null) {
                throw fields.wrong("expected nothing after the JSON object, but got more text", null);
            }
        } catch (JacksonException e) {
            throw fields.wrong("expected one JSON object and nothing else: " + JsonErrors.message(e), e);
        }
        fields.requireKnownFormat();
        return fields;
    }

    private void read(JsonParser json) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            JsonToken kind = json.nextToken();
            if (kinds.put(name, kind) != null) {
                throw wrong(
                        "expected each field once, but got " + KeyText.quoted(KeyText.cut(name, 60)) + " twice", null);
            }
            if (kind.isScalarValue()) {
                values.put(name, json.getString());
            } else if (kind == JsonToken.START_ARRAY && name.equals(TURN)) {
                readTurn(json);
            } else if (kind == JsonToken.START_ARRAY && name.equals(SOURCES)) {
                readSources(json);
            } else if (kind == JsonToken.START_OBJECT && name.equals(AT)) {
                ResumeFields point = new ResumeFields(text);
                point.read(json);
                point.requireKnownFormat();
                at = point;
            } else {
                json.skipChildren();
            }
        }
    }

    private void readTurn(JsonParser json) {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                throw illegal(TURN, "integers");
            }
            turn.add(json.getLongValue());
        }
    }

    private void readSources(JsonParser json) {
        for (JsonToken kind = json.nextToken(); kind != JsonToken.END_ARRAY; kind = json.nextToken()) {
            if (kind == JsonToken.VALUE_NULL) {
                sources.add(null);
                continue;
            }
            if (kind != JsonToken.START_OBJECT) {
                throw illegal(SOURCES, "an object or null for each source");
            }
            ResumeFields source = new ResumeFields(text);
            source.read(json);
            sources.add(source);
        }
    }

    /** Returns the numbers that state which source's turn it is in the mix. The list may be empty. */
    List<Long> turn() {
        return turn;
    }

    /** Returns the sources of a mix. The list has at least one element. */
    List<@Nullable ResumeFields> sources() {
        if (sources.isEmpty()) {
            throw illegal(SOURCES, "an object or null for each source");
        }
        return sources;
    }

    /** Returns the point at which a source continues, or null if the source is at its beginning. */
    @Nullable
    ResumeFields at() {
        if (has(AT) && at == null) {
            throw illegal(AT, "a resume point");
        }
        return at;
    }

    private void requireKnownFormat() {
        if (isUnnumbered()) {
            return;
        }
        long format = number(FORMAT, 1);
        if (format > NEWEST_FORMAT) {
            throw wrong(
                    "its format is " + format + ", and this version of Pipeflux reads formats up to " + NEWEST_FORMAT
                            + ": resume with the version that wrote it, or a later one",
                    null);
        }
    }

    /** Returns whether the text was written by an early version that did not write a format number. */
    boolean isUnnumbered() {
        return !has(FORMAT);
    }

    boolean has(String name) {
        return kinds.containsKey(name);
    }

    /** Returns whether a field is present. If it is, its value must be {@code true}. */
    boolean isTrue(String name) {
        if (has(name) && kinds.get(name) != JsonToken.VALUE_TRUE) {
            throw illegal(name, "true");
        }
        return has(name);
    }

    long number(String name, long least) {
        String expected = "an integer" + (least == Long.MIN_VALUE ? "" : " >= " + least);
        String value = value(name, JsonToken.VALUE_NUMBER_INT, expected);
        long number;
        try {
            number = Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw illegal(name, expected + " of 64 bits");
        }
        if (number < least) {
            throw illegal(name, expected);
        }
        return number;
    }

    String text(String name) {
        return value(name, JsonToken.VALUE_STRING, "a string");
    }

    long hash(String name) {
        String value = text(name);
        if (!HASH.matcher(value).matches()) {
            throw illegal(name, "16 hexadecimal digits");
        }
        return HexFormat.fromHexDigitsToLong(value);
    }

    /** Parses a field that contains two numbers with a slash between them. */
    long[] pair(String name) {
        Matcher pair = PAIR.matcher(text(name));
        try {
            if (pair.matches()) {
                return new long[] {Long.parseLong(pair.group(1)), Long.parseLong(pair.group(2))};
            }
        } catch (NumberFormatException e) {
            throw illegal(name, "two numbers of 64 bits");
        }
        throw illegal(name, "two numbers with a slash between them");
    }

    private String value(String name, JsonToken kind, String expected) {
        String value = values.get(name);
        if (!has(name)) {
            throw wrong("expected a field \"" + name + "\", but got none", null);
        }
        if (value == null || kinds.get(name) != kind) {
            throw illegal(name, expected);
        }
        return value;
    }

    IllegalArgumentException illegal(String name, String expected) {
        String found = values.get(name);
        return wrong(
                "expected " + expected + " as \"" + name + "\", but got "
                        + (found == null ? "something else" : KeyText.quoted(KeyText.cut(found, 60))),
                null);
    }

    private IllegalArgumentException wrong(String what, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "not a resume point: " + what + ": " + KeyText.quoted(KeyText.cut(text, SHOWN_CHARACTERS)), cause);
    }
}
