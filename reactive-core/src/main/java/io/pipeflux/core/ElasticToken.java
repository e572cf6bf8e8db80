package io.pipeflux.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.JsonTree;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.Rest;
import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Rest.ListIs;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The token of an elastic resume, as JSON.
 *
 * <pre>
 *   {"elastic":1,                         the version of the format
 *    "list":"85944171f73967e8",           the hash of the whole list, or of its first elements
 *    "count":10,                          the number of elements, if the hash is of the whole list
 *    "upTo":7,                            the number of hashed elements, if the hash is not of the whole list
 *    "seed":42,                           the seed of the list's shuffle, if the list is shuffled
 *    "share":"bytes",                     present if the list is divided among the hosts by element sizes
 *    "shuffle":"4096/42",                 the block length and the seed, if the records are shuffled
 *    "epochs":[{"epoch":3,"runs":[["b.1000.0..aEf","-"],["..."]]}],
 *                                         for each run, how far each host has read, see {@link LaneText}
 *    "sum":"cbf29ce484222325"}            the hash of the text before this field
 * </pre>
 */
final class ElasticToken {

    private static final String SUM = ",\"sum\":\"";
    private static final long FORMAT = 1;
    private static final JsonFactory JSON = new JsonFactory();

    /**
     * An epoch that has not been read completely.
     *
     * @param runs the runs that have read a part of the epoch, in chronological order. Each run is a list that states
     *     how far each host has read
     */
    record Epoch(long epoch, List<List<Lane>> runs) {}

    private final ListIs list;
    private final @Nullable Blocks shuffle;
    private final List<Epoch> epochs;
    private final String json;
    private final long id;

    ElasticToken(ListIs list, @Nullable Blocks shuffle, List<Epoch> epochs) {
        this.list = list;
        this.shuffle = shuffle;
        this.epochs = List.copyOf(epochs);
        String body = write();
        this.id = Fnv1a.part(Fnv1a.EMPTY, body);
        this.json = body + SUM + Fnv1a.hex(id) + "\"}";
    }

    long id() {
        return id;
    }

    ListIs list() {
        return list;
    }

    @Nullable
    Blocks shuffle() {
        return shuffle;
    }

    long firstEpoch() {
        return epochs.get(0).epoch();
    }

    /** Returns the runs that have read a part of an epoch, or an empty list if no run has begun the epoch. */
    List<List<Lane>> runs(long epoch) {
        return epochs.stream()
                .filter(e -> e.epoch() == epoch)
                .map(Epoch::runs)
                .findFirst()
                .orElse(List.of());
    }

    @Nullable
    Rest rest(long epoch) {
        List<List<Lane>> runs = runs(epoch);
        return runs.isEmpty() ? null : new Rest(id, epoch, list, shuffle, runs);
    }

    String toJson() {
        return json;
    }

    /** Returns the JSON without the field "sum" and the closing brace. */
    private String write() {
        StringWriter text = new StringWriter();
        try (JsonGenerator to = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            to.writeStartObject();
            to.writeNumberProperty("elastic", FORMAT);
            to.writeStringProperty("list", Fnv1a.hex(list.hash()));
            to.writeNumberProperty(list.whole() ? "count" : "upTo", list.count());
            if (list.seed() != null) {
                to.writeNumberProperty("seed", list.seed());
            }
            if (list.byBytes()) {
                to.writeStringProperty("share", "bytes");
            }
            if (shuffle != null) {
                to.writeStringProperty("shuffle", shuffle.block() + "/" + shuffle.seed());
            }
            to.writeArrayPropertyStart("epochs");
            for (Epoch epoch : epochs) {
                to.writeStartObject();
                to.writeNumberProperty("epoch", epoch.epoch());
                to.writeArrayPropertyStart("runs");
                for (List<Lane> run : epoch.runs()) {
                    to.writeStartArray();
                    for (Lane lane : run) {
                        to.writeString(LaneText.write(lane, shuffle));
                    }
                    to.writeEndArray();
                }
                to.writeEndArray();
                to.writeEndObject();
            }
            to.writeEndArray();
        }
        String all = text.toString(); // close() has written the closing brace
        return all.substring(0, all.length() - 1);
    }

    static ElasticToken fromJson(String text) {
        try {
            return read(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not a token of an elastic resume: " + e.getMessage() + ": "
                            + KeyText.quoted(KeyText.cut(text, 400)),
                    e);
        }
    }

    private static ElasticToken read(String text) {
        if (!(JsonTree.read(text.getBytes(UTF_8)) instanceof Map<?, ?> fields)) {
            throw new IllegalArgumentException("expected a JSON object");
        }
        if (!fields.containsKey("elastic") && fields.containsKey("epoch")) {
            throw new IllegalArgumentException(
                    "expected the token that ElasticResume.merge makes of all hosts' points, but got one host's point");
        }
        long format = number(fields, "elastic", 1);
        if (format != FORMAT) {
            throw new IllegalArgumentException("expected format " + FORMAT + ", but got " + format
                    + ": resume with the version of Pipeflux that wrote it");
        }
        boolean whole = fields.containsKey("count");
        ListIs list = new ListIs(
                fields.containsKey("seed") ? number(fields, "seed", Long.MIN_VALUE) : null,
                "bytes".equals(fields.get("share")),
                whole,
                number(fields, whole ? "count" : "upTo", 0),
                hash(fields, "list"));
        Blocks shuffle = fields.containsKey("shuffle") ? shuffle(fields) : null;
        List<Epoch> epochs = new ArrayList<>();
        for (Object epoch : array(fields, "epochs")) {
            if (!(epoch instanceof Map<?, ?> of)) {
                throw new IllegalArgumentException("expected objects in \"epochs\"");
            }
            List<List<Lane>> runs = new ArrayList<>();
            for (Object run : array(of, "runs")) {
                runs.add(lanes(run, shuffle));
            }
            epochs.add(new Epoch(number(of, "epoch", 0), runs));
        }
        ElasticToken token = new ElasticToken(list, shuffle, epochs);
        if (!token.json.equals(text.strip())) {
            throw new IllegalArgumentException("expected \"sum\":\"" + Fnv1a.hex(token.id)
                    + "\" and no other field or space: the text was changed after it was written; use the original");
        }
        return token;
    }

    private static List<Lane> lanes(@Nullable Object run, @Nullable Blocks shuffle) {
        if (!(run instanceof List<?> hosts) || hosts.isEmpty()) {
            throw new IllegalArgumentException("expected an array of hosts in \"runs\"");
        }
        List<Lane> lanes = new ArrayList<>();
        for (Object host : hosts) {
            lanes.add(LaneText.read(host instanceof String lane ? lane : "", shuffle));
        }
        return List.copyOf(lanes);
    }

    private static Blocks shuffle(Map<?, ?> fields) {
        String[] parts = String.valueOf(fields.get("shuffle")).split("/", -1);
        try {
            if (parts.length == 2 && Integer.parseInt(parts[0]) > 0) {
                return new Blocks(Integer.parseInt(parts[0]), Long.parseLong(parts[1]), false, null);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("expected block/seed as \"shuffle\"", e);
        }
        throw new IllegalArgumentException("expected block/seed as \"shuffle\"");
    }

    private static List<?> array(Map<?, ?> fields, String name) {
        if (fields.get(name) instanceof List<?> array && !array.isEmpty()) {
            return array;
        }
        throw new IllegalArgumentException("expected an array with an element as \"" + name + "\"");
    }

    private static long number(Map<?, ?> fields, String name, long least) {
        if (fields.get(name) instanceof Number number
                && (number instanceof Integer || number instanceof Long)
                && number.longValue() >= least) {
            return number.longValue();
        }
        throw new IllegalArgumentException("expected an integer"
                + (least == Long.MIN_VALUE ? "" : " >= " + least) + " as \"" + name + "\", but got "
                + KeyText.quoted(KeyText.cut(String.valueOf(fields.get(name)), 60)));
    }

    private static long hash(Map<?, ?> fields, String name) {
        try {
            return Long.parseUnsignedLong(String.valueOf(fields.get(name)), 16);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("expected 16 hexadecimal digits as \"" + name + "\"", e);
        }
    }
}
