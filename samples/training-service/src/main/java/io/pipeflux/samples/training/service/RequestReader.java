package io.pipeflux.samples.training.service;

import static io.pipeflux.samples.training.service.RefusedException.require;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JacksonException.Reference;
import tools.jackson.core.JsonParser;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * Reads a request from JSON. {@link Json} binds the JSON to {@link JobRequest}, {@link ChannelSpec} and {@link
 * ColumnSpec}, which validate their own fields. The trainer validates its own parameters. Each error contains the path
 * of the wrong field, such as {@code channels.train.uri}.
 */
final class RequestReader {

    private final Trainers trainers;

    RequestReader(Trainers trainers) {
        this.trainers = trainers;
    }

    /** @throws RefusedException if the bytes are not a valid request */
    JobRequest read(byte[] json) {
        JobRequest request = bind(tree(json));
        Trainer trainer = trainers.find(request.trainer());
        if (trainer == null) {
            throw RefusedException.invalid("trainer", "one of " + trainers, request.trainer());
        }
        trainer.check(request.schema());
        return request.with(hyperParameters(trainer, request.hyperParameters()));
    }

    /**
     * @throws RefusedException if the bytes are not JSON in UTF-8. The exception names the field that contains the
     *     error
     */
    private static JsonNode tree(byte[] json) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(json))
                    .toString();
        } catch (CharacterCodingException e) {
            throw RefusedException.invalid(null, "JSON in UTF-8", "other bytes");
        }
        try (JsonParser parser = Json.parser(text)) {
            try {
                return Json.tree(parser);
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

    private static JobRequest bind(JsonNode json) {
        require(json.isObject(), null, "a JSON object", json.isMissingNode() ? null : json);
        try {
            return Json.strictly(json, JobRequest.class);
        } catch (UnrecognizedPropertyException e) {
            throw RefusedException.invalid(
                    path(e.getPath()),
                    "one of the fields " + new TreeSet<>(e.getKnownPropertyIds()),
                    "the unknown field \"" + e.getPropertyName() + "\"");
        } catch (JacksonException e) {
            if (e.getCause() instanceof RefusedException refused) {
                throw refused.inside(path(e.getPath()));
            }
            Class<?> type = e instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
            throw RefusedException.invalid(path(e.getPath()), expected(type), value(json, e.getPath()));
        }
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null || type == Integer.class) {
            // the type is null if a number is too large for an int
            return "a whole number of at most nine digits";
        }
        return type.isEnum()
                ? "one of " + List.of(type.getEnumConstants())
                : type == Double.class
                        ? "a number"
                        : type == String.class
                                ? "a text"
                                : List.class.isAssignableFrom(type) ? "an array" : "an object";
    }

    private static String path(List<Reference> references) {
        StringBuilder path = new StringBuilder();
        for (Reference each : references) {
            String name = each.getPropertyName();
            path.append(name == null ? "[" + each.getIndex() + "]" : path.isEmpty() ? name : "." + name);
        }
        return path.toString();
    }

    private static @Nullable JsonNode value(JsonNode json, List<Reference> references) {
        JsonNode at = json;
        for (Reference each : references) {
            String name = each.getPropertyName();
            at = name == null ? at.path(each.getIndex()) : at.path(name);
        }
        return at.isMissingNode() ? null : at;
    }

    private static Map<String, Double> hyperParameters(Trainer trainer, Map<String, Double> given) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (HyperParameter declared : trainer.hyperParameters()) {
            double value = given.getOrDefault(declared.name(), declared.byDefault());
            boolean integer = declared.type() == HyperParameter.Type.integer;
            require(
                    value >= declared.least() && value <= declared.most() && (!integer || value == Math.rint(value)),
                    "hyperParameters." + declared.name(),
                    (integer ? "a whole number" : "a number") + " from " + declared.least() + " to " + declared.most(),
                    value);
            values.put(declared.name(), value);
        }
        for (String name : given.keySet()) {
            require(
                    values.containsKey(name),
                    "hyperParameters." + name,
                    "one of the fields " + values.keySet(),
                    "the unknown field \"" + name + "\"");
        }
        return values;
    }
}
