package io.pipeflux.records.rows;

/**
 * Rows of WebDataset: tar archives, called shards, in which consecutive files of the same key are one row
 * (github.com/webdataset/webdataset). The key is the path up to the first dot of the file's name, and what follows the
 * dot is the extension.
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
 * <p>Archives are in the formats ustar, pax and GNU (long names); headers are checked by their checksums. Archives may
 * follow each other in a stream, as the objects of a channel do in a pipe. Compressed ones are read with
 * {@link RowSchema#compression}. Ignored are directories, files without an extension or whose name begins with a dot,
 * metadata ({@code __name__}), and files with extensions that no field has.
 *
 * <p>Links, devices, sparse files and archives of several volumes fail with a
 * {@link io.pipeflux.core.CorruptRecordException} that names the file. So do names that are not UTF-8, extended headers
 * of more than 1 MiB before a file, and a row longer than {@link RowSchema#maxRowBytes}. An input that ends before the
 * two blocks of zeros that end an archive is a {@link io.pipeflux.core.TruncatedInputException}.
 *
 * <p>A row is emitted when the header after it has arrived. Its bytes are held in memory, and never more than those of
 * one row and a chunk.
 */
public final class WebDataset {

    private WebDataset() {}

    /**
     * Returns the schema of rows of a WebDataset.
     *
     * @param fields at least one, with different names and extensions. Unless {@link Field#from} says otherwise, a
     *     field's extension is its name
     */
    public static RowSchema of(Field... fields) {
        return RowSchema.of(RowSchema.requireFields(fields), new TarLayout(RowSchema.requireFields(fields)));
    }
}
