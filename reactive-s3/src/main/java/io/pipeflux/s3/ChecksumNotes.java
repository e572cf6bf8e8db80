package io.pipeflux.s3;

import io.pipeflux.core.internal.KeyText;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * Logs the reasons why objects are not verified, but only those that the user can remedy. Each reason is logged once
 * per process.
 */
final class ChecksumNotes {

    private static final Logger log = Loggers.getLogger(Checksums.class);
    private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

    private ChecksumNotes() {}

    static void costly(SumKind kind) {
        if (LOGGED.add(kind.name())) {
            log.info(
                    "Objects whose only checksum is {} are not verified, because it is expensive to compute{}.",
                    kind,
                    kind == SumKind.CRC64NVME
                            ? ". Add software.amazon.awssdk.crt:aws-crt to the class path, or set"
                                    + " S3ReadOptions.checksums(REQUIRE)"
                            : ", unless S3ReadOptions.checksums(REQUIRE) is set");
        }
    }

    /** @param request the request that the store refused */
    static void refused(String request, String answer) {
        if (LOGGED.add(request)) {
            log.warn(
                    "Objects are not verified if the store refuses {}, as it has: {}. The request is saved by"
                            + " S3ReadOptions.checksums(OFF), or --checksums off of pipe-agent.",
                    request,
                    answer);
        }
    }

    /** @param reason why the checksum of an object that was uploaded in parts could not be compared */
    static void unknownParts(String reason, String object) {
        if (LOGGED.add("parts")) {
            log.warn(
                    "Objects whose checksum is a sum of uploaded parts are not verified if the sizes of these parts are"
                            + " not known or unusual, as of {}: {}.",
                    KeyText.printable(object),
                    reason);
        }
    }
}
