package io.pipeflux.core.codec;

import io.pipeflux.core.internal.ErrorKind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.Inflater;

/**
 * Inflates GZIP members (RFC 1952). Zero bytes after a member count as padding and are skipped.
 *
 * <pre>
 *   | 1f 8b | 08 | flags | mtime 4 | xfl | os |    10 bytes
 *   | length 2 | extra |                           if flags has 04
 *   | name | 00 |                                  if flags has 08
 *   | comment | 00 |                               if flags has 10
 *   | crc16 |                                      if flags has 02
 *   | deflated data |
 *   | crc32 4 | length of the inflated data 4 |    little-endian
 * </pre>
 */
final class GzipDecoder extends InflateDecoder {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int FIXED_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    // the magic number 1f 8b, and the compression method 8 (deflate), which is the only one that the RFC defines
    private static final int MAGIC = 0x088b1f;
    private static final int CRC = 0x02;
    private static final int EXTRA = 0x04;
    private static final int NAME = 0x08;
    private static final int COMMENT = 0x10;
    private static final int RESERVED = 0xe0;

    private final CRC32 crc = new CRC32();
    private int length;
    private int fields; // the flags of the optional header fields that have not been read yet
    private int extra; // the length of the extra field, or -1 if it has not been read
    private boolean begun;

    GzipDecoder(int maxRatio) {
        super(new Inflater(true), maxRatio);
    }

    @Override
    boolean between(FrameBuffer in) {
        while (in.ensure(1)) {
            if (!begun || in.array()[in.position()] != 0) {
                begun = true;
                return true;
            }
            in.skip(1);
        }
        return false;
    }

    @Override
    boolean header(FrameBuffer in) {
        if ((fields & RESERVED) == 0 && !fixedFields(in)) {
            return false;
        }
        boolean whole = extra(in) && text(in, NAME) && text(in, COMMENT) && headerCrc(in);
        if (whole) {
            fields = 0;
        }
        return whole;
    }

    private boolean fixedFields(FrameBuffer in) {
        if (!in.ensure(FIXED_BYTES)) {
            return false;
        }
        int start = (int) INT.get(in.array(), in.position());
        int flags = start >>> 24;
        if ((start & 0xffffff) != MAGIC || (flags & RESERVED) != 0) {
            throw in.corrupt(
                    ErrorKind.BAD_COMPRESSION,
                    "expected a GZIP member, which begins with 1f 8b 08 and flags below 20, but got "
                            + String.format(
                                    Locale.ROOT,
                                    "%02x %02x %02x %02x",
                                    start & 0xff,
                                    start >>> 8 & 0xff,
                                    start >>> 16 & 0xff,
                                    flags));
        }
        in.skip(FIXED_BYTES);
        fields = flags | RESERVED; // RESERVED marks the fixed fields as read
        extra = -1;
        crc.reset();
        length = 0;
        return true;
    }

    private boolean extra(FrameBuffer in) {
        if ((fields & EXTRA) == 0) {
            return true;
        }
        if (extra < 0) {
            if (!in.ensure(Short.BYTES)) {
                return false;
            }
            extra = (short) SHORT.get(in.array(), in.position()) & 0xffff;
            in.skip(Short.BYTES);
        }
        if (!in.ensure(extra)) {
            return false;
        }
        in.skip(extra);
        fields &= ~EXTRA;
        return true;
    }

    private boolean text(FrameBuffer in, int field) {
        while ((fields & field) != 0) {
            if (!in.ensure(1)) {
                return false;
            }
            if (in.array()[in.position()] == 0) {
                fields &= ~field;
            }
            in.skip(1);
        }
        return true;
    }

    private boolean headerCrc(FrameBuffer in) {
        if ((fields & CRC) != 0) {
            if (!in.ensure(Short.BYTES)) {
                return false;
            }
            in.skip(Short.BYTES);
        }
        return true;
    }

    @Override
    void inflated(byte[] array, int count) {
        crc.update(array, 0, count);
        length += count;
    }

    @Override
    boolean trailer(FrameBuffer in) {
        if (!in.ensure(TRAILER_BYTES)) {
            return false;
        }
        int expectedCrc = (int) INT.get(in.array(), in.position());
        int expectedLength = (int) INT.get(in.array(), in.position() + Integer.BYTES);
        if (expectedCrc != (int) crc.getValue() || expectedLength != length) {
            throw in.corrupt(
                    ErrorKind.BAD_COMPRESSION,
                    String.format(
                            Locale.ROOT,
                            "expected data with crc32 0x%08x and %d bytes, as the trailer states,"
                                    + " but got 0x%08x and %d",
                            expectedCrc,
                            Integer.toUnsignedLong(expectedLength),
                            (int) crc.getValue(),
                            Integer.toUnsignedLong(length)));
        }
        in.skip(TRAILER_BYTES);
        return true;
    }
}
