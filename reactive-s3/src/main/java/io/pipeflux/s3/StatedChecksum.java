package io.pipeflux.s3;

import io.pipeflux.core.internal.KeyText;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * The checksum that a store states for an object, or the reason why the object has no usable checksum.
 *
 * @param kind the kind of the checksum, or null if there is none
 * @param value the checksum in Base64, without the suffix for the number of parts; or, if there is no checksum, the
 *     reason for that
 * @param parts the number of parts of a composite checksum, or 0 for a checksum of all bytes. A composite checksum is
 *     the checksum of the parts' checksums
 * @param etag the version that the checksum belongs to, or null if the store does not state it
 */
record StatedChecksum(
        @Nullable SumKind kind,
        String value,
        int parts,
        @Nullable String etag) {

    /**
     * The header that requests checksums. The SDK's own setter is not used, because the SDK would then compute the
     * checksums, too.
     */
    static final String MODE_HEADER = "x-amz-checksum-mode";

    static final String MODE = "ENABLED";

    private static final String WHOLE = "FULL_OBJECT";

    /** A composite checksum, such as {@code AAAAAA==-3}. */
    private static final Pattern COMPOSITE = Pattern.compile("(.*)-(\\d{1,9})");

    private static final Pattern MULTIPART_ETAG = Pattern.compile(".*-(\\d{1,9})\"?");

    /** Indicates that the number of parts is not known. */
    private static final int UNKNOWN = -1;

    static StatedChecksum none(String reason) {
        return new StatedChecksum(null, reason, 0, null);
    }

    static StatedChecksum of(GetObjectResponse answer, List<SumKind> usable) {
        Map<SumKind, @Nullable String> values = new EnumMap<>(SumKind.class);
        values.put(SumKind.CRC32C, answer.checksumCRC32C());
        values.put(SumKind.CRC32, answer.checksumCRC32());
        values.put(SumKind.CRC64NVME, answer.checksumCRC64NVME());
        values.put(SumKind.SHA1, answer.checksumSHA1());
        values.put(SumKind.SHA256, answer.checksumSHA256());
        return of(values, answer.checksumTypeAsString(), answer.eTag(), usable);
    }

    static StatedChecksum of(HeadObjectResponse answer, List<SumKind> usable) {
        Map<SumKind, @Nullable String> values = new EnumMap<>(SumKind.class);
        values.put(SumKind.CRC32C, answer.checksumCRC32C());
        values.put(SumKind.CRC32, answer.checksumCRC32());
        values.put(SumKind.CRC64NVME, answer.checksumCRC64NVME());
        values.put(SumKind.SHA1, answer.checksumSHA1());
        values.put(SumKind.SHA256, answer.checksumSHA256());
        return of(values, answer.checksumTypeAsString(), answer.eTag(), usable);
    }

    private static StatedChecksum of(
            Map<SumKind, @Nullable String> values, @Nullable String type, @Nullable String etag, List<SumKind> usable) {
        values.values().removeIf(Objects::isNull);
        if (values.isEmpty()) {
            return none("the store states none");
        }
        for (SumKind kind : usable) {
            String value = values.get(kind);
            int parts = value == null ? UNKNOWN : parts(kind, value, type, etag);
            if (value != null && parts != UNKNOWN) {
                return new StatedChecksum(kind, COMPOSITE.matcher(value).replaceFirst("$1"), parts, etag);
            }
        }
        SumKind first = values.keySet().iterator().next();
        if (!usable.contains(first)) {
            return costly(first);
        }
        return none(first + " " + values.get(first) + " may be a sum of the parts that were uploaded, or of the bytes");
    }

    /**
     * Returns the reason why a listed object cannot be verified, or null if it may have a usable checksum. An empty
     * list of algorithms is not such a reason, because many stores list no algorithms.
     */
    static @Nullable StatedChecksum listed(List<String> algorithms, List<SumKind> usable) {
        if (algorithms.isEmpty() || usable.isEmpty()) {
            return null;
        }
        for (String algorithm : algorithms) {
            if (usable.stream().anyMatch(kind -> kind.name().equals(algorithm))) {
                return null;
            }
        }
        String first = algorithms.get(0);
        return Arrays.stream(SumKind.values())
                .filter(kind -> kind.name().equals(first))
                .findFirst()
                .map(StatedChecksum::costly)
                .orElseGet(() -> none("the listing states " + KeyText.printable(first) + ", which is not supported"));
    }

    /**
     * Returns the reason not to verify an object whose only checksum is too expensive to compute. Logs this reason.
     */
    static StatedChecksum costly(SumKind kind) {
        ChecksumNotes.costly(kind);
        return none(kind + " is expensive to compute");
    }

    /**
     * Returns the number of parts of a composite checksum, 0 for a checksum of all bytes, or {@link #UNKNOWN}. A store
     * that does not state the type may omit the suffix of a composite checksum. So if the object was uploaded in
     * several parts, the checksum may be of either type. If checksums of this kind can be combined, this method returns
     * the number of parts, and the bytes are later compared with both types. Otherwise, it returns {@code UNKNOWN}.
     */
    private static int parts(SumKind kind, String value, @Nullable String type, @Nullable String etag) {
        Matcher composite = COMPOSITE.matcher(value);
        if (composite.matches()) {
            return atLeastOne(composite.group(2));
        }
        Matcher multipart = MULTIPART_ETAG.matcher(etag == null ? "" : etag);
        if (type == null) {
            boolean whole = kind == SumKind.CRC64NVME || !multipart.matches();
            return whole ? 0 : kind.isCombinable() ? atLeastOne(multipart.group(1)) : UNKNOWN;
        }
        return type.equals(WHOLE) ? 0 : multipart.matches() ? atLeastOne(multipart.group(1)) : UNKNOWN;
    }

    private static int atLeastOne(String number) {
        int parts = Integer.parseInt(number);
        return parts < 1 ? UNKNOWN : parts;
    }

    /** Returns the kind. Must not be called if there is no checksum. */
    SumKind requireKind() {
        return Objects.requireNonNull(kind, "kind");
    }

    /** Returns the bytes of the checksum, or an empty array if the store has sent a checksum that is not Base64. */
    byte[] bytes() {
        try {
            return Base64.getDecoder().decode(value);
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    @Override
    public String toString() {
        return kind == null ? value : kind + " " + value + (parts == 0 ? "" : "-" + parts);
    }
}
