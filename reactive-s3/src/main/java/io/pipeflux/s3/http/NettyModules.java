package io.pipeflux.s3.http;

import io.netty.util.Version;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rejects class paths with Netty 4.1. With them, the client would fail later, because a class or method is missing. */
final class NettyModules {

    private NettyModules() {}

    /** Checks all modules that state their version. Modules in a merged jar may not state it. */
    static void requireOneLine() {
        Map<String, String> versions = new TreeMap<>();
        Version.identify().forEach((module, version) -> versions.put(module, version.artifactVersion()));
        requireOneLine(versions);
    }

    static void requireOneLine(Map<String, String> versions) {
        List<String> older = versions.entrySet().stream()
                .filter(module -> module.getValue().startsWith("4.0.")
                        || module.getValue().startsWith("4.1."))
                .map(module -> module.getKey() + " " + module.getValue())
                .sorted()
                .toList();
        if (!older.isEmpty()) {
            String more = older.size() == 1 ? "" : " and " + (older.size() - 1) + " more of Netty 4.1";
            throw new IllegalStateException(
                    "expected Netty 4.2 and Reactor Netty 1.3, which ReactorNettyHttpClient needs, but the class path"
                            + " has " + older.get(0) + more
                            + ": exclude the dependency that brings it, or, if Netty 4.1 is managed (Spring Boot 3),"
                            + " give NettyNioAsyncHttpClient.builder() of software.amazon.awssdk:netty-nio-client to"
                            + " the S3 client instead");
        }
    }
}
