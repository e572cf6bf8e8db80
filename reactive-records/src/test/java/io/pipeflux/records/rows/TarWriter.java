package io.pipeflux.records.rows;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Locale;

/** Writes ustar archives for tests, also wrong ones. */
final class TarWriter {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    TarWriter file(String name, byte[] data) {
        return entry(name, '0', String.format(Locale.ROOT, "%011o", data.length).getBytes(UTF_8), data);
    }

    TarWriter file(String name, String data) {
        return file(name, data.getBytes(UTF_8));
    }

    /** Adds a header before that of a file: x or g of pax, L or K of GNU. */
    TarWriter extension(char type, String data) {
        byte[] bytes = data.getBytes(UTF_8);
        return entry(
                "extension",
                type,
                String.format(Locale.ROOT, "%011o", bytes.length).getBytes(UTF_8),
                bytes);
    }

    /** @param size the bytes of the size field */
    TarWriter entry(String name, char type, byte[] size, byte[] data) {
        byte[] header = new byte[512];
        put(header, 0, name.getBytes(UTF_8));
        put(header, 100, "0000644\0000000000\0000000000\0".getBytes(UTF_8));
        put(header, 124, size);
        put(header, 136, "00000000000\0        ".getBytes(UTF_8));
        header[156] = (byte) type;
        put(header, 257, "ustar\00000".getBytes(UTF_8));
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum).getBytes(UTF_8));
        out.writeBytes(header);
        out.writeBytes(data);
        return zeros((512 - data.length % 512) % 512);
    }

    TarWriter zeros(int count) {
        out.writeBytes(new byte[count]);
        return this;
    }

    /** Returns the archive with its end. */
    byte[] archive() {
        return zeros(1024).bytes();
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private static void put(byte[] header, int at, byte[] bytes) {
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
