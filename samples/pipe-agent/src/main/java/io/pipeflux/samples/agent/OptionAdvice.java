package io.pipeflux.samples.agent;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Replaces advice that is for programmers. The libraries' messages advise calling a method of their Java API, but a
 * user of this program needs the option that has the same effect.
 */
final class OptionAdvice {

    /** Maps each phrase of the libraries' messages that names a Java API to the words to print instead. */
    static final Map<String, String> WORDS = new LinkedHashMap<>();

    private static final String MARK = "read them with --record-format lines or auto, which skip the mark";

    static {
        WORDS.put(
                "decode with compression(Compression.GZIP), or CompressionType Gzip",
                "set --compression gzip, or CompressionType Gzip in the file of --input-data-config");
        WORDS.put("decode with compression(Compression.ZSTD), which needs zstd-jni", "set --compression zstd");
        WORDS.put(
                "decode with compression(Compression.ZLIB)",
                "read it with --record-format auto, or compress the data with GZIP or Zstandard instead");
        WORDS.put("decode with RecordIo.format(), or choose the format recordio", "set --record-format recordio");
        WORDS.put("decode with TfRecords.format(), or choose the format tfrecord", "set --record-format tfrecord");
        WORDS.put("decode with TextLines.format(), or choose the format lines", "set --record-format lines");
        WORDS.put("decode with TextLines.format(), and see LineOption.SKIP_BYTE_ORDER_MARK", MARK);
        WORDS.put(
                "decode with ArrowStreams.format()",
                "this program does not decode Arrow streams. Without --emit arrow, it copies them");
        WORDS.put(
                "write Arrow's stream format instead, which ArrowStreams reads",
                "this program does not decode Arrow files. Without --emit arrow, it copies them");
        WORDS.put(
                "decode a WebDataset with WebDataset.of(...), and unpack other archives before they are uploaded",
                "this program does not decode archives. Without --emit arrow, it copies them");
        WORDS.put(
                "(RecordIo.wrap, or RecordWrapperType RecordIO)",
                "(--record-wrapper recordio without --emit arrow, or pipe-agent pack --whole-objects)");
        WORDS.put(
                "skip it by LineOption.SKIP_BYTE_ORDER_MARK, or take it as content by KEEP_BYTE_ORDER_MARK",
                "remove it from the object");
        WORDS.put(", or take the mark as content by LineOption.KEEP_BYTE_ORDER_MARK", "");
        WORDS.put("skip it by TextLines.format(LineOption.SKIP_BYTE_ORDER_MARK)", MARK);
        WORDS.put("read without quotes by CsvSchema.quotes(false)", "set \"quotes\": false in the file of --schema");
        WORDS.put(
                "read names that have line breaks by CsvHeader.NAMES",
                "set \"header\": \"names\" in the file of --schema");
        WORDS.put("as S3ReadOptions.checksums(REQUIRE) demands", "as --checksums require demands");
        WORDS.put("S3ReadOptions.checksums(OFF) reads without", "--checksums off reads without");
        WORDS.put(
                "Resume with S3ReadOptions.checksums(WHEN_AVAILABLE), or at a point before the object",
                "Set --checksums when_available, or read from the beginning of the object");
        WORDS.put(
                " (S3ReadOptions.partSize)",
                ". This program reads parts of 8 MiB, so it reads no larger object from this store");
        WORDS.put("and trusted (ReactorNettyHttpClientBuilder.tls)", "and in the trust store of Java");
        WORDS.put(", or build the client with crossRegionAccessEnabled(true)", " by --region or AWS_REGION");
        WORDS.put("set the region to the bucket's", "set --region or AWS_REGION to the bucket's region");
        WORDS.put("set the endpoint to that one", "set --endpoint to that one");
        WORDS.put("check its name, the endpoint and the region", "check its name, --endpoint and --region");
        WORDS.put("check the endpoint and the network", "check --endpoint and the network");
        WORDS.put("give the client a credentials provider, or set AWS_ACCESS_KEY_ID", "set AWS_ACCESS_KEY_ID");
    }

    private OptionAdvice() {}

    /** Returns a message with options of this program in place of methods. */
    static String of(String message) {
        String text = message;
        for (Map.Entry<String, String> words : WORDS.entrySet()) {
            text = text.replace(words.getKey(), words.getValue());
        }
        return text;
    }
}
