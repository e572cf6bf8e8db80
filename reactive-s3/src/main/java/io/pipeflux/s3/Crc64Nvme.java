package io.pipeflux.s3;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/**
 * Computes CRC64NVME in Java, eight bytes at a time. It is much slower than a CRC for which the processor has
 * instructions.
 */
final class Crc64Nvme implements Checksum {

    static final long POLYNOMIAL = 0x9a6c9329ac4bc9b5L;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BYTE_VALUES = 256;
    private static final int LAST = 0xff;
    private static final long[][] TABLES = tables();

    private long crc = ~0L;

    /**
     * Returns eight tables, one for each position of a byte among eight bytes. A table contains, for each byte value,
     * the CRC of this value at the table's position.
     */
    private static long[][] tables() {
        long[][] tables = new long[Long.BYTES][BYTE_VALUES];
        for (int value = 0; value < BYTE_VALUES; value++) {
            long crc = value;
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                crc = (crc & 1) != 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
            }
            tables[0][value] = crc;
        }
        for (int place = 1; place < Long.BYTES; place++) {
            for (int value = 0; value < BYTE_VALUES; value++) {
                long before = tables[place - 1][value];
                tables[place][value] = (before >>> Byte.SIZE) ^ tables[0][(int) before & LAST];
            }
        }
        return tables;
    }

    @Override
    public void update(int b) {
        crc = (crc >>> Byte.SIZE) ^ TABLES[0][((int) crc ^ b) & LAST];
    }

    @Override
    @SuppressWarnings("MagicNumber") // the eight byte positions
    public void update(byte[] bytes, int offset, int length) {
        long[] t0 = TABLES[0];
        long[] t1 = TABLES[1];
        long[] t2 = TABLES[2];
        long[] t3 = TABLES[3];
        long[] t4 = TABLES[4];
        long[] t5 = TABLES[5];
        long[] t6 = TABLES[6];
        long[] t7 = TABLES[7];
        long c = crc;
        int at = offset;
        int end = offset + length;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            long next = c ^ (long) LONGS.get(bytes, at);
            int low = (int) next;
            int high = (int) (next >>> Integer.SIZE);
            c = t7[low & LAST]
                    ^ t6[(low >>> 8) & LAST]
                    ^ t5[(low >>> 16) & LAST]
                    ^ t4[low >>> 24]
                    ^ t3[high & LAST]
                    ^ t2[(high >>> 8) & LAST]
                    ^ t1[(high >>> 16) & LAST]
                    ^ t0[high >>> 24];
        }
        crc = c;
        for (; at < end; at++) {
            update(bytes[at]);
        }
    }

    @Override
    public long getValue() {
        return ~crc;
    }

    @Override
    public void reset() {
        crc = ~0L;
    }
}
