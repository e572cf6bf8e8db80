package io.pipeflux.s3;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;

/** The kinds of checksums that can be computed, the cheapest first. */
enum SumKind {
    CRC32C("CRC32C", Integer.SIZE, 0x82f63b78L, java.util.zip.CRC32C::new),
    CRC32("CRC32", Integer.SIZE, 0xedb88320L, java.util.zip.CRC32::new),
    CRC64NVME("CRC64NVME", Long.SIZE, Crc64Nvme.POLYNOMIAL, CrtClass::crc64),
    SHA1("SHA-1"),
    SHA256("SHA-256");

    /** A checksum that is being computed. */
    interface Sum {

        SumKind kind();

        void update(byte[] bytes, int from, int count);

        /** Returns the checksum of all bytes. Called once, after the last byte. */
        byte[] value();
    }

    private final String text;

    // the supplier is immutable, but its type does not declare this
    @SuppressWarnings("ImmutableEnumChecker")
    private final @Nullable Crc crc;

    SumKind(String text) {
        this.text = text;
        this.crc = null;
    }

    SumKind(String text, int bits, long polynomial, Supplier<Checksum> start) {
        this.text = text;
        this.crc = new Crc(bits, start, new CrcCombination(bits, polynomial));
    }

    /** Returns the kinds that the option allows. */
    static List<SumKind> of(Checksums checksums) {
        return switch (checksums) {
            case REQUIRE, ALL -> List.of(values());
            case WHEN_AVAILABLE -> CrtClass.isAvailable() ? List.of(CRC32C, CRC32, CRC64NVME) : List.of(CRC32C, CRC32);
            case OFF -> List.of();
        };
    }

    /** Returns whether the checksums of an object's parts can be combined into the checksum of the object. */
    boolean isCombinable() {
        return crc != null;
    }

    /** Returns the checksum of the concatenation of two byte sequences. The kind must be combinable. */
    byte[] combine(byte[] first, byte[] second, long lengthOfSecond) {
        if (crc == null) {
            throw new IllegalStateException("expected a CRC, but got " + this);
        }
        return crc.bytes(crc.combination.combine(crc.number(first), crc.number(second), lengthOfSecond));
    }

    /**
     * Returns the checksum of the second of two byte sequences. The kind must be combinable.
     *
     * @param both the checksum of the concatenation
     */
    byte[] without(byte[] first, byte[] both, long lengthOfSecond) {
        // combine() XORs the shifted first checksum with its second argument; a second XOR cancels the first one out
        return combine(first, both, lengthOfSecond);
    }

    /** Returns the checksum of these bytes. */
    byte[] sum(byte[] bytes) {
        Sum sum = start();
        sum.update(bytes, 0, bytes.length);
        return sum.value();
    }

    Sum start() {
        return crc == null ? new DigestSum(this) : new CrcSum(this, crc, crc.start.get());
    }

    /** Returns a checksum as text, in the format that S3 uses. */
    static String text(byte[] sum) {
        return Base64.getEncoder().encodeToString(sum);
    }

    /** Decodes a checksum from the text that S3 states. */
    static byte[] bytes(String text) {
        return Base64.getDecoder().decode(text);
    }

    @Override
    public String toString() {
        return text;
    }

    private record Crc(int bits, Supplier<Checksum> start, CrcCombination combination) {

        byte[] bytes(long value) {
            byte[] all = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
            return Arrays.copyOfRange(all, Long.BYTES - bits / Byte.SIZE, Long.BYTES);
        }

        long number(byte[] value) {
            return bits == Long.SIZE
                    ? ByteBuffer.wrap(value).getLong()
                    : Integer.toUnsignedLong(ByteBuffer.wrap(value).getInt());
        }
    }

    private record CrcSum(SumKind kind, Crc crc, Checksum sum) implements Sum {

        @Override
        public void update(byte[] bytes, int from, int count) {
            sum.update(bytes, from, count);
        }

        @Override
        public byte[] value() {
            return crc.bytes(sum.getValue());
        }
    }

    private static final class DigestSum implements Sum {

        private final SumKind kind;
        private final MessageDigest digest;

        DigestSum(SumKind kind) {
            this.kind = kind;
            try {
                this.digest = MessageDigest.getInstance(kind.text);
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError("every JDK has " + kind, e);
            }
        }

        @Override
        public SumKind kind() {
            return kind;
        }

        @Override
        public void update(byte[] bytes, int from, int count) {
            digest.update(bytes, from, count);
        }

        @Override
        public byte[] value() {
            return digest.digest();
        }
    }

    /**
     * Finds the AWS CRT's implementation of CRC64NVME, which is fast because it uses special instructions of the
     * processor. The CRT is not a dependency, because it contains 23 MB of native code.
     */
    private static final class CrtClass {

        private static final @Nullable Supplier<Checksum> FOUND = find();

        private CrtClass() {}

        static boolean isAvailable() {
            return FOUND != null;
        }

        static Checksum crc64() {
            return FOUND == null ? new Crc64Nvme() : FOUND.get();
        }

        private static @Nullable Supplier<Checksum> find() {
            try {
                var constructor = Class.forName("software.amazon.awssdk.crt.checksums.CRC64NVME")
                        .asSubclass(Checksum.class)
                        .getConstructor();
                // this call fails if the native code does not run on this machine
                constructor.newInstance().update(0);
                return () -> {
                    try {
                        return constructor.newInstance();
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException("the CRC64NVME of the AWS CRT failed", e);
                    }
                };
            } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
                return null;
            }
        }
    }
}
