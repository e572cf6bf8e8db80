package io.pipeflux.core;

import io.pipeflux.core.Identity.Source;
import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.Fnv1a;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Mixed.Place;
import io.pipeflux.core.internal.Share;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * Writes and reads resume points as JSON.
 *
 * <pre>
 *   {"format":1,"epoch":0,"object":3,"byte":4096,"record":17,"drop":0,   the position
 *    "id":"85944171f73967e8","key":"s3://bucket/part-3",                 the object, or the pipe's content
 *    "list":"af63dc4c8601ec8c",                                          a hash of the keys up to the object, or of
 *                                                                        all keys if the channel is shuffled
 *    "count":10,"seed":42,                                               if the channel is shuffled
 *    "share":"2/0",                                                      count/index, if the channel is shared; named
 *                                                                        "bytes" if hosts share the channel by bytes
 *    "rest":"25aa1c7f0b62d11e","at":17,                                  identifies the rest of an epoch that other
 *                                                                        hosts have begun; the object's index in the
 *                                                                        list if the list is not shuffled
 *    "shuffle":"4096/42","span":"cbf29ce484222325","n":2,                block/seed; hash of the block's objects after
 *                                                                        this one, and their number
 *    "as":7,                                                             the block's number in the run that began it
 *    "shard":"3/1"}                                                      count/index; named "later" if the shard is
 *                                                                        downstream of the shuffle
 *
 *   {"format":2, ..., "record":17,"drop":1,                             a mix of sources, with its position and drop
 *    "mix":"interleave(2, 4)","turn":[1,3,7],                            the operator, and which source's turn it is
 *    "sources":[{"source":5,"at":{"format":1, ...}},                     a point of each source that is being read,
 *               {"source":6},                                            a source that is at its beginning,
 *               null]}                                                   and a source that has ended
 *
 *   {"format":1, ..., "unchecked":true}                                  a point without an identity
 *   {"epoch":0,"object":3,"byte":4096,"record":17,"drop":0}              the oldest format, which has no format
 *                                                                        number; such points are not checked
 * </pre>
 */
final class ResumeJson {

    private static final String SHARD = "shard"; // if the shard is upstream of the shuffle, or without a shuffle
    // The name of the field if the shard is downstream of the shuffle. This name has the same length as "shard", so
    // that the token does not get longer.
    private static final String LATER = "later";

    private static final String SHARE = "share";
    private static final String BYTES = "bytes";

    private static final int MAX_BYTES = 399;
    private static final int KEY_FIELD_BYTES = ",\"key\":\"\"}".length();

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonWriteFeature.ESCAPE_FORWARD_SLASHES)
            .build();

    private ResumeJson() {}

    static String write(ResumePoint point) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            Position at = point.position();
            json.writeStartObject();
            json.writeNumberProperty("format", point.mixed() == null ? 1 : ResumeFields.NEWEST_FORMAT);
            json.writeNumberProperty("epoch", at.epoch());
            json.writeNumberProperty("object", at.objectOrdinal());
            json.writeNumberProperty("byte", at.byteOffset());
            json.writeNumberProperty("record", at.recordOrdinal());
            json.writeNumberProperty("drop", point.drop());
            Identity identity = point.identity();
            if (identity == null) {
                json.writeBooleanProperty("unchecked", true);
            } else {
                write(json, identity, text);
            }
            if (point.mixed() != null) {
                write(json, point.mixed());
            }
            json.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, Mixed<ResumePoint> mixed) {
        json.writeStringProperty("mix", mixed.by());
        if (!mixed.turn().isEmpty()) {
            json.writeArrayPropertyStart("turn");
            mixed.turn().forEach(json::writeNumber);
            json.writeEndArray();
        }
        json.writeArrayPropertyStart("sources");
        for (Place<ResumePoint> place : mixed.places()) {
            if (place == null) {
                json.writeNull();
                continue;
            }
            json.writeStartObject();
            json.writeNumberProperty("source", place.source());
            if (place.point() != null) {
                json.writeName("at");
                json.writeRawValue(write(place.point())); // the source's point has its own byte limit
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, Identity identity, StringWriter text) {
        Source source = identity.source();
        if (source != null) {
            json.writeStringProperty("id", Fnv1a.hex(source.hash()));
            write(json, source.list());
        }
        Blocks blocks = identity.blocks();
        if (blocks != null) {
            json.writeStringProperty("shuffle", blocks.block() + "/" + blocks.seed());
            writeHash(json, "span", blocks.span());
            if (blocks.span() != null && blocks.more() >= 0) {
                json.writeNumberProperty("n", blocks.more());
            }
            if (blocks.permutedAs() != null) {
                json.writeNumberProperty("as", blocks.permutedAs());
            }
        }
        Share shard = identity.shard();
        if (shard != null) {
            boolean later = blocks != null && blocks.sharded();
            json.writeStringProperty(later ? LATER : SHARD, shard.count() + "/" + shard.index());
        }
        if (source != null) { // the key is written last, because it is truncated to the remaining bytes
            json.flush();
            int left = MAX_BYTES - text.getBuffer().length() - KEY_FIELD_BYTES;
            json.writeStringProperty("key", KeyText.cut(source.key(), Math.max(0, left)));
        }
    }

    private static void write(JsonGenerator json, @Nullable ListOrigin list) {
        if (list == null) {
            return;
        }
        json.writeStringProperty("list", Fnv1a.hex(list.hash()));
        Long seed = list.seed();
        if (list.listed() != ListOrigin.NOT_COUNTED) {
            json.writeNumberProperty("count", list.listed());
        }
        if (seed != null) {
            json.writeNumberProperty("seed", seed);
        }
        if (list.share().count() > 1 || list.byBytes()) {
            json.writeStringProperty(
                    list.byBytes() ? BYTES : SHARE,
                    list.share().count() + "/" + list.share().index());
        }
        ListOrigin.InRest in = list.inRest();
        if (in != null) {
            json.writeStringProperty("rest", Fnv1a.hex(in.id()));
            if (in.at() >= 0) {
                json.writeNumberProperty("at", in.at());
            }
        }
    }

    private static void writeHash(JsonGenerator json, String name, @Nullable Long hash) {
        if (hash != null) {
            json.writeStringProperty(name, Fnv1a.hex(hash));
        }
    }

    static ResumePoint read(String text) {
        return read(ResumeFields.of(text));
    }

    private static ResumePoint read(ResumeFields fields) {
        Position position = new Position(
                fields.number("epoch", 0),
                fields.number("object", Position.NO_OBJECT),
                fields.number("byte", 0),
                fields.number("record", 0));
        long drop = fields.number("drop", 0);
        Mixed<ResumePoint> mixed = fields.has("mix") ? mixed(fields, position) : null;
        if (fields.isUnnumbered() || fields.isTrue("unchecked")) {
            return new ResumePoint(position, drop, null, mixed);
        }
        Source source = position.hasObject() || fields.has("id")
                ? new Source(
                        fields.hash("id"),
                        KeyText.cut(fields.text("key"), Identity.KEY_BYTES),
                        fields.has("list") ? list(fields) : null)
                : null;
        Blocks blocks = fields.has("shuffle") ? blocks(fields) : null;
        if (fields.has(LATER) && (blocks == null || fields.has(SHARD))) {
            throw fields.illegal(LATER, "a shard, in a point with a \"shuffle\" and no \"shard\",");
        }
        String name = fields.has(LATER) ? LATER : SHARD;
        Share shard = fields.has(name) ? share(fields, name) : null;
        return new ResumePoint(position, drop, new Identity(source, blocks, shard), mixed);
    }

    private static Mixed<ResumePoint> mixed(ResumeFields fields, Position position) {
        if (position.hasObject() || position.byteOffset() != 0 || fields.has("id")) {
            throw fields.illegal("mix", "a point of sources, and in no object, at byte 0,");
        }
        List<@Nullable Place<ResumePoint>> places = new ArrayList<>();
        for (ResumeFields source : fields.sources()) {
            if (source == null) {
                places.add(null);
                continue;
            }
            ResumeFields at = source.at();
            places.add(new Place<>(source.number("source", 0), at == null ? null : read(at)));
        }
        return new Mixed<>(fields.text("mix"), List.copyOf(fields.turn()), places);
    }

    private static ListOrigin list(ResumeFields fields) {
        long hash = fields.hash("list");
        boolean bytes = fields.has(BYTES);
        Share share = bytes || fields.has(SHARE) ? share(fields, bytes ? BYTES : SHARE) : new Share(1, 0);
        if (bytes && fields.has(SHARE)) {
            throw fields.illegal(BYTES, "a share by bytes, without a \"share\" by count,");
        }
        return new ListOrigin(
                fields.has("seed") || (fields.has("count") && !bytes) ? fields.number("seed", Long.MIN_VALUE) : null,
                share,
                bytes,
                bytes || fields.has("seed") || fields.has("count") ? fields.number("count", 0) : ListOrigin.NOT_COUNTED,
                hash,
                fields.has("rest")
                        ? new ListOrigin.InRest(
                                fields.hash("rest"), fields.has("at") ? fields.number("at", 0) : -1, null, false)
                        : null);
    }

    private static Blocks blocks(ResumeFields fields) {
        long[] pair = fields.pair("shuffle");
        if (pair[0] < 1 || pair[0] > Integer.MAX_VALUE) {
            throw fields.illegal("shuffle", "block/seed with a block from 1 to 2147483647");
        }
        boolean spans = fields.has("span");
        return new Blocks(
                (int) pair[0],
                pair[1],
                fields.has(LATER),
                spans ? fields.hash("span") : null,
                !spans ? 0 : fields.has("n") ? fields.number("n", 1) : -1,
                fields.has("as") ? fields.number("as", 0) : null);
    }

    private static Share share(ResumeFields fields, String name) {
        long[] pair = fields.pair(name);
        if (pair[0] < 1 || pair[0] > Integer.MAX_VALUE || pair[1] < 0 || pair[1] >= pair[0]) {
            throw fields.illegal(name, "count/index with an index from 0 to count - 1");
        }
        return new Share((int) pair[0], (int) pair[1]);
    }
}
