package io.pipeflux.records.text;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.RawRecord;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.codec.RecordBorders;
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
 * Lines of text, one record each, in any charset whose line feed is the byte 10: UTF-8, ASCII, ISO-8859.
 *
 * <pre>
 *   | content | LF |      | content | CR LF |      | content | end of the input
 * </pre>
 *
 * <p>A record is the content, perhaps empty: the line feed is not part of it, and neither is one carriage return before
 * it or before the end of the input. The last line needs no line feed, so lines are never truncated: decoded object by
 * object, it is a line of its own; as one stream, whose objects were joined, it runs on into the first line of the next
 * object. A line longer than {@link FrameFormat#maxRecordBytes(long)}, 256 MiB by default, is a
 * {@link io.pipeflux.core.CorruptRecordException} as soon as that many bytes have arrived. A line that begins with
 * a byte order mark of UTF-8, UTF-16 or UTF-32 is one, too, unless an option says otherwise ({@link LineOption}).
 */
public final class TextLines {

    private static final FrameFormat<RawRecord> FORMAT = format(new LineOption[0]);

    private static final char REPLACEMENT = '\ufffd';

    private TextLines() {}

    /** The format, to be decoded as it is or with another maximum length. */
    public static FrameFormat<RawRecord> format() {
        return FORMAT;
    }

    /** The format with options. */
    public static FrameFormat<RawRecord> format(LineOption... options) {
        List<LineOption> chosen = List.of(options);
        return FrameFormat.of("TextLines", () -> new LineDecoder(chosen));
    }

    /**
     * Returns the borders between lines, so that several readers can share an object: after each line feed. Not for CSV
     * whose quoted fields have line feeds.
     */
    public static RecordBorders borders() {
        return RecordBorders.marked(FORMAT, 1, 1, (bytes, at, offset) -> bytes.get(at - 1) == '\n');
    }

    /** Decodes one stream, such as an epoch read from a pipe: {@code format().decode()}. */
    public static Function<Flux<ByteBuffer>, Flux<RawRecord>> decode() {
        return FORMAT.decode();
    }

    /** Decodes an epoch object by object: {@code format().decodeObjects()}. */
    public static Function<Flux<ObjectBytes>, Flux<RawRecord>> decodeObjects() {
        return FORMAT.decodeObjects();
    }

    /**
     * Puts a line feed behind each payload: one buffer out for one in, as demanded, on the thread that brings it. The
     * payload, position to limit, is copied and its buffer left as it is, see the
     * {@linkplain io.pipeflux.core contract of bytes}; one that holds a line feed is an
     * {@link IllegalArgumentException}.
     */
    public static Function<Flux<ByteBuffer>, Flux<ByteBuffer>> encode() {
        return payloads -> Guarded.map(payloads, TextLines::encode);
    }

    private static ByteBuffer encode(ByteBuffer payload) {
        ByteBuffer line =
                ByteBuffer.allocate(Math.addExact(payload.remaining(), 1)).put(payload.duplicate());
        for (int i = 0; i < line.position(); i++) {
            if (line.get(i) == '\n') {
                throw new IllegalArgumentException("a line without line feeds required but it had one at byte " + i);
            }
        }
        return line.put((byte) '\n').flip();
    }

    /**
     * A record's text in UTF-8: {@code map(TextLines::text)}.
     *
     * @throws CorruptRecordException at the record's position, if it is not UTF-8
     */
    public static String text(RawRecord record) {
        return text(record, StandardCharsets.UTF_8);
    }

    /**
     * A mapper for {@code map} and {@code mapAndBatch} from records to their text:
     * {@code map(TextLines.text(charset))}. It throws {@link CorruptRecordException}, at the record's position, where
     * the bytes are not legal in the charset. It keeps no state and may be called by several threads.
     */
    public static Function<RawRecord, String> text(Charset charset) {
        Objects.requireNonNull(charset, "charset");
        return record -> text(record, charset);
    }

    private static String text(RawRecord record, Charset charset) {
        String text = new String(record.array(), record.arrayOffset(), record.size(), charset);
        if (text.indexOf(REPLACEMENT) >= 0) { // it was there, or stands for bytes that are not legal
            try {
                return charset.newDecoder().decode(record.bytes()).toString();
            } catch (CharacterCodingException e) {
                throw CorruptRecordException.of(
                        "text is not " + charset + ": " + e.getMessage(), record.source(), record.position(), e);
            }
        }
        return text;
    }
}
