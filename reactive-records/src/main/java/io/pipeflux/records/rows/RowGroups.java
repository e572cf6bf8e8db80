package io.pipeflux.records.rows;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.records.rows.Field.Kind;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Creates schemas for rows that consist of several RecordIO records. SageMaker streams augmented manifests as such
 * rows: for each line of the manifest, it sends the attributes that {@code AttributeNames} lists, in the order of the
 * list. Each attribute is wrapped as a record.
 *
 * <pre>
 *   manifest    {"image-ref": "s3://bucket/1.jpg", "class": 1}         AttributeNames: image-ref, class
 *               {"image-ref": "s3://bucket/2.jpg", "class": 0}
 *
 *   the pipe    | the bytes of 1.jpg | 1 | the bytes of 2.jpg | 0 |      four RecordIO records
 *   rows        |         row 0          |         row 1          |
 * </pre>
 *
 * <pre>{@code
 * RowSchema rows = RowGroups.of(Field.bytes("image"), Field.int64("class"));
 * Flux<ColumnBatch> batches = PipeChannels.fromChannel("train")
 *         .transform(rows.decode())
 *         .transform(shuffle(1000, 42))
 *         .transform(mapAndBatch(64, 2, rows.batches()));
 * }</pre>
 *
 * <p>If a stream or an object ends inside a row, or between two records of the same row, decoding fails with a {@link
 * io.pipeflux.core.TruncatedInputException}. Records may have several parts, which are joined in SageMaker's dialect.
 *
 * <p>If the objects are read directly, without a pipe, each attribute is an object of the augmented manifest's channel.
 * In this case, {@link #join} joins the attributes of a line into one object:
 *
 * <pre>{@code
 * Flux<RawRecord> lines = S3Channels.augmentedManifest(s3, "s3://bucket/train.manifest", List.of("image-ref", "class"))
 *         .shuffle(42)
 *         .objects()
 *         .transform(RowGroups.join(2))
 *         .transform(rows.decodeObjects());
 * }</pre>
 */
public final class RowGroups {

    private RowGroups() {}

    /**
     * Returns the schema of rows that have one record per field.
     *
     * @param fields at least one field, all with different names, in the order of {@code AttributeNames}. The fields
     *     must not have defaults, because no field of a row can be missing
     */
    public static RowSchema of(Field... fields) {
        List<Field> all = RowSchema.requireFields(fields);
        for (Field field : all) {
            if (field.kind() == Kind.KEY || field.hasDefault()) {
                throw new IllegalArgumentException("field \"" + field.name() + "\": expected "
                        + (field.kind() == Kind.KEY ? "no key" : "no default")
                        + " in a group of records, each of which has all fields, but got one");
            }
        }
        return RowSchema.of(all, new GroupLayout(all));
    }

    /**
     * Joins each group of {@code attributes} consecutive objects of a channel into one object. The joined object
     * contains each original object as a RecordIO record. The key of the joined object lists the keys of the original
     * objects. {@link RowSchema#decodeObjects} then decodes one row from each joined object.
     *
     * <p>For each joined object that is requested, {@code attributes} objects are requested and read one after the
     * other. The sizes of all objects must be known. Fails with a {@link io.pipeflux.core.TruncatedInputException} if
     * the last joined object would have too few objects, and with a {@link io.pipeflux.core.ResumeMismatchException} if
     * the resume point is inside a row.
     *
     * @param attributes the number of attribute names of the augmented manifest, at least 1
     */
    public static Function<Flux<ObjectBytes>, Flux<ObjectBytes>> join(int attributes) {
        if (attributes < 1) {
            throw new IllegalArgumentException("expected attributes >= 1, but got " + attributes);
        }
        return objects -> JoinedObjects.join(objects, attributes);
    }
}
