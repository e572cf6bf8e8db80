package io.pipeflux.samples.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Reports which kinds of checksums the store has for a sample of objects. */
final class ChecksumTrial {

    private static final String SUBJECT = "checksums";

    private ChecksumTrial() {}

    static void run(S3AsyncClient client, String bucket, List<S3Object> sample, Findings findings) {
        Map<String, Integer> kinds = new TreeMap<>();
        for (S3Object object : sample) {
            try {
                HeadObjectResponse head = RequestFailedException.answer(() -> client.headObject(
                        request -> request.bucket(bucket).key(object.key()).checksumMode(ChecksumMode.ENABLED)));
                kinds.merge(kinds(head), 1, Integer::sum);
            } catch (RequestFailedException e) {
                findings.note(
                        SUBJECT, "a HEAD that requests them is refused, for " + object.key() + ": " + e.getMessage());
                return;
            }
        }
        String counted = kinds.entrySet().stream()
                .map(kind -> kind.getKey() + " (" + kind.getValue() + ")")
                .collect(Collectors.joining(", "));
        findings.note(SUBJECT, "of " + sample.size() + " objects: " + counted + "; see verified bytes");
    }

    private static String kinds(HeadObjectResponse head) {
        List<String> kinds = new ArrayList<>();
        add(kinds, "CRC32", head.checksumCRC32());
        add(kinds, "CRC32C", head.checksumCRC32C());
        add(kinds, "CRC64NVME", head.checksumCRC64NVME());
        add(kinds, "SHA1", head.checksumSHA1());
        add(kinds, "SHA256", head.checksumSHA256());
        String type = head.checksumTypeAsString();
        return kinds.isEmpty() ? "none" : String.join("+", kinds) + (type == null ? "" : " " + type);
    }

    private static void add(List<String> kinds, String kind, @Nullable String value) {
        if (value != null) {
            kinds.add(kind);
        }
    }
}
