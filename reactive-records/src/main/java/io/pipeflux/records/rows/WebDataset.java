package io.pipeflux.records.rows;

/**
 * Creates schemas for the rows of a WebDataset. A WebDataset consists of tar archives, called shards, in which
 * consecutive files with the same key are one row (github.com/webdataset/webdataset). The key is the file's path up to
 * the first dot in the file's name. The extension is the part of the name after this dot.
 *
 * <pre>
 *   train-000.tar    a/1.jpg  a/1.cls  a/1.json    a/2.png  a/2.cls  ...
 *                    +---- row "a/1" --------+     +-- row "a/2" -+
 * </pre>
 *
 * <pre>{@code
 * RowSchema rows = WebDataset.of(Field.key("key"), Field.bytes("image").from("jpg", "png"), Field.int64("cls"));
 * Flux<ColumnBatch> batches = S3Channels.prefix(s3, "s3://bucket/shards/")
 *         .objects()
 *         .transform(rows.decodeObjects())
 *         .transform(mapAndBatch(64, 2, rows.batches()));
 * }</pre>
 *
 * <p>Archives may have the formats ustar, pax and GNU (long names). The checksums of headers are verified. A stream may
 * contain several archives: for example, a pipe contains the objects of a channel one after the other. To read
 * compressed archives, see {@link RowSchema#compression}. The following entries are ignored: directories, files without
 * an extension, files whose name begins with a dot, metadata ({@code __name__}), and files whose extension does not
 * belong to any field.
 *
 * <p>Links, devices, sparse files and multi-volume archives cause a {@link io.pipeflux.core.CorruptRecordException}
 * that contains the file's name. The same exception is thrown for names that are not valid UTF-8, for more than 1 MiB
 * of extended headers before a file, and for a row longer than {@link RowSchema#maxRowBytes}. An archive must end with
 * two blocks of zeros. Input that ends before these blocks causes a {@link io.pipeflux.core.TruncatedInputException}.
 *
 * <p>A row is emitted only after the next header has arrived, because this header shows that the row is complete. The
 * decoder keeps at most one row and one chunk in memory.
 */
public final class WebDataset {

    private WebDataset() {}

    /**
     * Returns the schema of the rows of a WebDataset.
     *
     * @param fields at least one field, all with different names and extensions. Unless {@link Field#from} is called, a
     *     field's extension is the field's name
     */
    public static RowSchema of(Field... fields) {
        return RowSchema.of(RowSchema.requireFields(fields), new TarLayout(RowSchema.requireFields(fields)));
    }
}
