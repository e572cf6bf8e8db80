package io.pipeflux.records.example;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads and writes little-endian numbers at any index of a byte array, and decodes 8 bytes of a varint in one step. */
final class LittleEndian {

    /** A mask that selects the continuation bits of 8 bytes of a varint. */
    static final long CONTINUATION = 0x8080_8080_8080_8080L;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private LittleEndian() {}

    static short getShort(byte[] array, int at) {
        return (short) SHORT.get(array, at);
    }

    static int getInt(byte[] array, int at) {
        return (int) INT.get(array, at);
    }

    static long getLong(byte[] array, int at) {
        return (long) LONG.get(array, at);
    }

    static void putInt(byte[] array, int at, int value) {
        INT.set(array, at, value);
    }

    static void putLong(byte[] array, int at, long value) {
        LONG.set(array, at, value);
    }

    /**
     * Reverses the byte order of each number between the indexes {@code from} and {@code to}. Each number has {@code
     * width} bytes.
     */
    static void swap(ByteBuffer bytes, int width, int from, int to) {
        for (int i = from; i < to; i += width) {
            switch (width) {
                case Short.BYTES -> bytes.putShort(i, Short.reverseBytes(bytes.getShort(i)));
                case Integer.BYTES -> bytes.putInt(i, Integer.reverseBytes(bytes.getInt(i)));
                default -> bytes.putLong(i, Long.reverseBytes(bytes.getLong(i)));
            }
        }
    }

    /** Joins the lower 7 bits of each of 8 bytes. The lowest bits of the result come from the lowest byte. */
    static long join7(long bytes) {
        long by14 = (bytes & 0x007F_007F_007F_007FL) | (bytes & 0x7F00_7F00_7F00_7F00L) >>> 1;
        long by28 = (by14 & 0x0000_3FFF_0000_3FFFL) | (by14 & 0x3FFF_0000_3FFF_0000L) >>> 2;
        return (by28 & 0x0FFF_FFFFL) | (by28 & 0x0FFF_FFFF_0000_0000L) >>> 4;
    }
}
