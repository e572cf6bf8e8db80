package io.pipeflux.records.text;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import io.pipeflux.core.internal.Guarded;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;

/**
 * Reads and writes text lines. Each line is one record. The text can have any charset in which the byte 10 is always a
 * line feed, such as UTF-8, ASCII and ISO-8859.
 *
 * <pre>
 *   | content | LF |      | content | CR LF |      | content | end of the input
 * </pre>
 *
 * <p>A record is the content of a line, and may be empty. It does not include the line feed. If a carriage return
 * directly precedes the line feed or the end of the input, the record does not include this carriage return either.
 *
 * <p>The last line need not end with a line feed, so input that ends inside a line is not an error. If objects are
 * decoded one by one, the end of an object also ends the object's last line. In a stream of joined objects, however, a
 * last line without a line feed is joined with the first line of the next object.
 *
 * <p>A line longer than {@link FrameFormat#maxRecordBytes(long)} (256 MiB by default) causes a {@link
 * io.pipeflux.core.CorruptRecordException} as soon as more bytes than this maximum have arrived. The same exception is
 * thrown for a line that begins with a byte order mark of UTF-8, UTF-16 or UTF-32, unless a {@link LineOption} permits
 * the mark.
 */
public final class TextLines {

    private static final FrameFormat<RawRecord> FORMAT = format(new LineOption[0]);

    private static final char REPLACEMENT = '\ufffd';

    private TextLines() {}

    /**
     * Returns the format without options. To change the maximum record length or the compression, use the methods of
     * {@link FrameFormat}.
     */
    public static FrameFormat<RawRecord> format() {
        return FORMAT;
    }

    /** Returns the format with the given options. */
    public static FrameFormat<RawRecord> format(LineOption... options) {
        List<LineOption> chosen = List.of(options);
        return FrameFormat.of("TextLines", () -> new LineDecoder(chosen));
    }

    /**
     * Returns the boundaries between lines, so that several readers can share an object. There is a boundary after each
     * line feed. Do not use these boundaries for CSV with line feeds in quoted fields.
     */
    public static RecordBorders borders() {
        return RecordBorders.marked(FORMAT, 1, 1, (bytes, at, offset) -> bytes.get(at - 1) == '\n');
    }

    /** Decodes one stream, such as an epoch read from a pipe. Equivalent to {@code format().decode()}. */
    public static Function<Flux<ByteBuffer>, Flux<RawRecord>> decode() {
        return FORMAT.decode();
    }

    /** Decodes each object of an epoch separately. Equivalent to {@code format().decodeObjects()}. */
    public static Function<Flux<ObjectBytes>, Flux<RawRecord>> decodeObjects() {
        return FORMAT.decodeObjects();
    }

    /**
     * Appends a line feed to each payload. Emits one new buffer per payload, on the thread that emitted the payload,
     * and passes the downstream demand upstream unchanged. Copies the payload's bytes between position and limit, and
     * does not modify the payload's buffer (see the {@linkplain io.pipeflux.core contract of bytes}). Fails with an
     * {@link IllegalArgumentException} if a payload contains a line feed.
     */
    public static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode() {
        return payloads -> Guarded.map(payloads, TextLines::encode);
    }

    private static ByteBuffer encode(ByteBuffer payload) {
        ByteBuffer line =
                ByteBuffer.allocate(Math.addExact(payload.remaining(), 1)).put(payload.duplicate());
        for (int i = 0; i < line.position(); i++) {
            if (line.get(i) == '\n') {
                throw new IllegalArgumentException("expected a line without line feeds, but got one at byte " + i);
            }
        }
        return line.put((byte) '\n').flip();
    }

    /**
     * Returns a record's text, decoded as UTF-8. For example, use {@code map(TextLines::text)}.
     *
     * @throws CorruptRecordException with the record's position, if the bytes are not valid UTF-8
     */
    public static String text(RawRecord record) {
        return text(record, StandardCharsets.UTF_8);
    }

    /**
     * Returns a mapper for {@code map} and {@code mapAndBatch} that decodes the text of records, for example {@code
     * map(TextLines.text(charset))}. The mapper throws a {@link CorruptRecordException} with the record's position if
     * the bytes are not valid in the charset. The mapper is stateless and thread-safe.
     */
    public static Function<RawRecord, String> text(Charset charset) {
        Objects.requireNonNull(charset, "charset");
        return record -> text(record, charset);
    }

    private static String text(RawRecord record, Charset charset) {
        String text = new String(record.array(), record.arrayOffset(), record.size(), charset);
        if (text.indexOf(REPLACEMENT) >= 0) { // the character is in the record or replaces invalid bytes
            try {
                return charset.newDecoder().decode(record.bytes()).toString();
            } catch (CharacterCodingException e) {
                throw CoreAccess.exception(
                        CorruptRecordException.class,
                        ErrorKind.BAD_PAYLOAD,
                        "text is not " + charset + ": " + e.getMessage(),
                        record.source(),
                        record.position(),
                        e);
            }
        }
        return text;
    }
}
