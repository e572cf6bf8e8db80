package io.pipeflux.samples.training.service;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.type.LogicalType;

/** Reads and writes JSON. */
final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    /** Rejects unknown fields, and does not convert values to other types. */
    private static final JsonMapper STRICT = MAPPER.rebuild()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private Json() {}

    /** @throws RefusedException if the bytes are not JSON in UTF-8; names the field at which they are wrong */
    static JsonNode tree(byte[] json) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException e) {
            throw RefusedException.invalid(null, "JSON in UTF-8", "other bytes");
        }
        try (JsonParser parser = MAPPER.createParser(text)) {
            try {
                return Optional.ofNullable(MAPPER.readTree(parser)).orElseGet(MissingNode::getInstance);
            } catch (JacksonException e) {
                String field = path(parser.streamReadContext());
                String place = " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
                String got = !(e instanceof MismatchedInputException)
                        ? "something that is not JSON"
                        : field == null ? "more after it" : "a second one";
                throw RefusedException.invalid(field, "one value of JSON", got + place);
            }
        }
    }

    private static @Nullable String path(TokenStreamContext at) {
        TokenStreamContext parent = at.getParent();
        String outer = parent == null ? null : path(parent);
        if (at.inArray()) {
            return (outer == null ? "" : outer) + "[" + at.getCurrentIndex() + "]";
        }
        return !at.hasCurrentName() ? outer : outer == null ? at.currentName() : outer + "." + at.currentName();
    }

    static <T> T strictly(JsonNode json, Class<T> type) {
        return STRICT.treeToValue(json, type);
    }

    static <T> T read(String json, Class<T> type) {
        return MAPPER.readValue(json, type);
    }

    static String text(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    static byte[] bytes(Object value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }
}
