package io.pipeflux.s3.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Rejects class paths with Netty 4.1. With Netty 4.1, the client would fail later, because a class or a method would be
 * missing.
 */
final class NettyModules {

    private static final String VERSIONS = "META-INF/io.netty.versions.properties";
    private static final String SUFFIX = ".version";

    private NettyModules() {}

    /**
     * Rejects Netty modules of version 4.0 or 4.1. Modules without a known version are not checked. The version may be
     * unknown if the modules are in a merged jar.
     */
    static void requireOneLine() {
        requireOneLine(versions(NettyModules.class.getClassLoader()));
    }

    /**
     * Returns the version of each Netty module. Reads the same files as Netty's own {@code Version.identify}, but
     * without the JDK's jar cache, which keeps each jar open indefinitely, even after its class loader was closed and
     * its file was deleted.
     */
    static Map<String, String> versions(ClassLoader classes) {
        Map<String, String> versions = new TreeMap<>();
        try {
            for (URL file : Collections.list(classes.getResources(VERSIONS))) {
                URLConnection uncached = file.openConnection();
                uncached.setUseCaches(false);
                Properties stated = new Properties();
                try (InputStream in = uncached.getInputStream()) {
                    stated.load(in);
                }
                for (String name : stated.stringPropertyNames()) {
                    if (name.endsWith(SUFFIX)) {
                        versions.put(name.substring(0, name.length() - SUFFIX.length()), stated.getProperty(name));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + VERSIONS + " of the class path", e);
        }
        return versions;
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
