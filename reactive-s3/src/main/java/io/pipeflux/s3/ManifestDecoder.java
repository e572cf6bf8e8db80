package io.pipeflux.s3;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.TruncatedInputException;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.JsonErrors;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.async.ByteArrayFeeder;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;

/**
 * Decodes the entries of a ManifestFile while its chunks arrive.
 *
 * <pre>
 *   [ {"prefix": "s3://bucket/some/"},   "file-1",   "file-2"   ]
 *   START  PREFIX                        ENTRIES                 END
 *
 *   file-1 is s3://bucket/some/file-1: the two strings are concatenated without a separator
 * </pre>
 */
final class ManifestDecoder implements FrameDecoder<S3ObjectRef> {

    private static final int MAX_STRING = 16 << 10; // more than enough, because a key has at most 1024 bytes
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxStringLength(MAX_STRING).build())
            .build();

    private enum State {
        START,
        PREFIX,
        ENTRIES,
        END
    }

    private final S3Uri manifest;
    private final JsonParser json = JSON.createNonBlockingByteArrayParser(ObjectReadContext.empty());
    private final ByteArrayFeeder feeder = (ByteArrayFeeder) json.nonBlockingInputFeeder();
    private State state = State.START;
    private int depth; // the nesting depth within the prefix element
    private @Nullable String prefix;
    private long element;
    private boolean ended;

    private ManifestDecoder(S3Uri manifest) {
        this.manifest = manifest;
    }

    static FrameFormat<S3ObjectRef> format(S3Uri manifest) {
        return FrameFormat.of("ManifestFile", () -> new ManifestDecoder(manifest));
    }

    @Override
    public @Nullable S3ObjectRef decode(FrameBuffer in) {
        try {
            for (JsonToken token = next(in); token != null; token = next(in)) {
                S3ObjectRef entry = take(token);
                if (entry != null) {
                    return entry;
                }
            }
            return null;
        } catch (UnexpectedEndOfInputException e) {
            throw truncated();
        } catch (JacksonException e) {
            throw corrupt("invalid JSON: " + JsonErrors.message(e));
        }
    }

    @Override
    public @Nullable S3ObjectRef decodeEnd(FrameBuffer in) {
        S3ObjectRef entry = decode(in);
        if (entry == null && !ended) {
            ended = true;
            feeder.endOfInput();
            entry = decode(in);
        }
        if (entry == null && state != State.END) {
            throw truncated();
        }
        return entry;
    }

    /** Returns the next token, or null if it has not arrived completely. */
    private @Nullable JsonToken next(FrameBuffer in) {
        JsonToken token = json.nextToken();
        while (token == JsonToken.NOT_AVAILABLE && in.ensure(1)) {
            int count = in.contiguous();
            feeder.feedInput(in.array(), in.position(), in.position() + count);
            in.skip(count);
            token = json.nextToken();
        }
        return token == JsonToken.NOT_AVAILABLE ? null : token;
    }

    private @Nullable S3ObjectRef take(JsonToken token) {
        switch (state) {
            case START -> {
                require(token == JsonToken.START_ARRAY, "an array", token);
                state = State.PREFIX;
                element = 1;
            }
            case PREFIX -> prefix(token);
            case ENTRIES -> {
                if (token != JsonToken.END_ARRAY) {
                    element++;
                    require(token == JsonToken.VALUE_STRING, "a string, which follows the prefix", token);
                    return entry(json.getString());
                }
                state = State.END;
            }
            case END -> throw corrupt("expected nothing after the array, but got " + json.getString());
        }
        return null;
    }

    private void prefix(JsonToken token) {
        if (depth == 0) {
            require(token == JsonToken.START_OBJECT, "{\"prefix\": \"s3://bucket/...\"}", token);
        }
        if (token.isStructStart()) {
            depth++;
        } else if (token.isStructEnd()) {
            depth--;
        } else if (depth == 1 && token == JsonToken.VALUE_STRING && "prefix".equals(json.currentName())) {
            prefix = json.getString();
        }
        if (depth == 0) {
            if (prefix == null) {
                throw corrupt(
                        "expected {\"prefix\": \"s3://bucket/...\"}, but got an object without a string \"prefix\"");
            }
            S3Uri uri = uri(prefix);
            if (S3Uri.isUrl(prefix)) {
                // the given URL is replaced by the decoded URI, because entries cannot be appended to a
                // percent-encoded URL
                prefix = uri.toString();
            }
            state = State.ENTRIES;
        }
    }

    private S3ObjectRef entry(String suffix) {
        S3Uri uri = uri(Objects.requireNonNull(prefix) + suffix);
        if (uri.prefix().isEmpty()) {
            throw corrupt("expected the URI of an object, but got " + uri);
        }
        if (!uri.bucket().equals(uri(prefix).bucket())) {
            throw corrupt("expected an object in the bucket of the prefix " + prefix + ", but got " + uri);
        }
        return new S3ObjectRef(uri.bucket(), uri.prefix(), ObjectBytes.UNKNOWN_SIZE, null);
    }

    private S3Uri uri(String text) {
        try {
            return S3Uri.parse(text);
        } catch (IllegalArgumentException e) {
            throw corrupt(String.valueOf(e.getMessage()));
        }
    }

    private void require(boolean fits, String expected, JsonToken found) {
        if (!fits) {
            throw corrupt("expected " + expected + ", but got " + JsonValues.describe(json, found));
        }
    }

    private CorruptRecordException corrupt(String what) {
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.BAD_MANIFEST,
                "ManifestFile: " + where() + ": " + what,
                manifest.toString(),
                null,
                null);
    }

    private TruncatedInputException truncated() {
        return CoreAccess.exception(
                TruncatedInputException.class,
                ErrorKind.TRUNCATED,
                "ManifestFile: " + where() + ": the array has no end",
                manifest.toString(),
                null,
                null);
    }

    private String where() {
        String line = "line " + json.currentLocation().getLineNr();
        return element == 0 ? line : line + ", element " + element;
    }

    @Override
    public void close() {
        json.close();
    }
}
