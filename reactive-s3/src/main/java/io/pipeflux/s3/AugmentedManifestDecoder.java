package io.pipeflux.s3;

import io.pipeflux.core.CorruptRecordException;
import io.pipeflux.core.codec.FrameBuffer;
import io.pipeflux.core.codec.FrameDecoder;
import io.pipeflux.core.codec.FrameFormat;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes an augmented manifest (JSON Lines) line by line. Blank lines are skipped, but the line numbers include them.
 */
final class AugmentedManifestDecoder implements FrameDecoder<AugmentedLine> {

    private static final long MAX_LINE_BYTES = 16 << 20;

    private final String manifest;
    private final AttributeParser parser;
    private long searched; // the number of unread bytes that are known to contain no line feed
    private long line; // the number of the last decoded line, counted from 1

    private AugmentedManifestDecoder(String manifest, AttributeParser parser) {
        this.manifest = manifest;
        this.parser = parser;
    }

    static FrameFormat<AugmentedLine> format(S3Uri manifest, List<String> attributes) {
        return format(manifest.toString(), new AttributeParser(attributes, false));
    }

    static FrameFormat<AugmentedLine> format(String manifest, AttributeParser parser) {
        return FrameFormat.of("AugmentedManifestFile", () -> new AugmentedManifestDecoder(manifest, parser));
    }

    @Override
    public @Nullable AugmentedLine decode(FrameBuffer in) {
        while (true) {
            long end = in.indexOf((byte) '\n', searched);
            if (end < 0) {
                searched = in.available();
                checkLength(searched);
                return null;
            }
            AugmentedLine attributes = line(in, end, 1);
            if (attributes != null) {
                return attributes;
            }
        }
    }

    @Override
    public @Nullable AugmentedLine decodeEnd(FrameBuffer in) {
        AugmentedLine attributes = decode(in);
        return attributes == null && in.available() > 0 ? line(in, in.available(), 0) : attributes;
    }

    /** Removes a line from the buffer and decodes it. Returns null if the line is blank. */
    private @Nullable AugmentedLine line(FrameBuffer in, long length, int feed) {
        checkLength(length);
        searched = 0;
        int frame = (int) length + feed;
        in.ensure(frame);
        byte[] text = Arrays.copyOfRange(in.array(), in.position(), in.position() + (int) length);
        in.skip(frame);
        line++;
        try {
            return isBlank(text) ? null : new AugmentedLine(line, parser.values(text));
        } catch (IllegalArgumentException e) {
            throw corrupt(line, String.valueOf(e.getMessage()));
        }
    }

    private static boolean isBlank(byte[] text) {
        for (byte b : text) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private void checkLength(long bytes) {
        if (bytes > MAX_LINE_BYTES) {
            throw corrupt(line + 1, "expected a line of at most " + MAX_LINE_BYTES + " bytes, but got more");
        }
    }

    private CorruptRecordException corrupt(long number, String what) {
        return CoreAccess.exception(
                CorruptRecordException.class,
                ErrorKind.BAD_MANIFEST,
                "AugmentedManifestFile: line " + number + ": " + what,
                manifest,
                null,
                null);
    }
}
