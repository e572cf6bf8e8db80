package io.pipeflux.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.flink.submitted.ClusterMain;
import io.pipeflux.flink.submitted.SubmittedJob;
import io.pipeflux.records.tfrecord.TfRecords;
import io.pipeflux.s3.S3Channels;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/**
 * Jobs that are submitted to a cluster as jars, one after another: none of their class loaders remains, although their
 * tasks failed and started again, and timers, event loops and caches of libraries are static.
 */
@Tag("flink")
class SubmissionsTest {

    private static final int JOBS = Integer.getInteger("pipeflux.submissions", 4); // the first 2 are not measured
    private static final int HEAP_MEBIBYTES = 512;
    private static final int OBJECTS = 8;
    private static final int RECORDS = 100; // of an object

    /** The libraries that a user's job brings along. */
    private static final List<String> OF_THE_JOB = List.of(
            "/software/amazon/awssdk/", "/io/netty/", "/io/projectreactor/", "/org/reactivestreams/", "/org/jspecify/");

    @TempDir
    Path directory;

    @Test
    void noClassLoaderThreadOrDescriptorIsLeft() throws Exception {
        try (SinkStore store = SinkStore.start()) {
            upload(store);
            List<Path> modules = modules();
            Path tests = location(SubmissionsTest.class);
            String jars = jars(modules, tests);

            Map<String, String> results = new HashMap<>();
            List<String> lines;
            try (ForkedJvm cluster = ForkedJvm.runWith(
                    HEAP_MEBIBYTES,
                    // each collection clears soft references, such as those of the JDK's caches
                    List.of(
                            "-XX:SoftRefLRUPolicyMSPerMB=0",
                            // errors of Flink, among them the reason when it ends the process
                            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                            "-Dorg.slf4j.simpleLogger.logFile=System.out",
                            "--add-opens=java.base/java.util=ALL-UNNAMED",
                            "--add-opens=java.base/java.lang=ALL-UNNAMED"),
                    entry -> !isOfTheJob(entry) && !isNative(entry) && !modules.contains(Path.of(entry)),
                    ClusterMain.class,
                    store.port(),
                    jars,
                    JOBS)) {
                lines = cluster.readLines();
            }
            for (String line : lines) {
                if (line.startsWith(ClusterMain.ANSWER)) {
                    String[] result =
                            line.substring(ClusterMain.ANSWER.length()).split(": ", 2);
                    results.put(result[0], result[1]);
                }
            }
            assertThat(results)
                    .as(String.join("\n", lines))
                    .containsEntry("jobs", Integer.toString(JOBS))
                    .containsEntry("class loaders left", "0")
                    .containsEntry("uncaught", "0")
                    .containsEntry("left", "nothing")
                    .containsKeys("failures", "class loaders made");
            assertThat(Integer.parseInt(results.get("failures"))).isGreaterThanOrEqualTo(SubmittedJob.FAILURES * JOBS);
            assertThat(Integer.parseInt(results.get("class loaders made")))
                    .as("those of the client, of the job manager, and of task managers")
                    .isGreaterThanOrEqualTo(3 * JOBS);
            System.out.println(results);
            for (int job = 0; job < JOBS; job += 2) {
                assertThat(store.manifest("out-" + job + ".manifest")
                                .objects()
                                .transform(TfRecords.decodeObjects())
                                .count()
                                .block())
                        .isEqualTo(OBJECTS * RECORDS);
                assertThat(store.keys("out-" + (job + 1) + ".manifest")).isNotEmpty();
            }
        }
    }

    private void upload(SinkStore store) throws IOException {
        for (int i = 0; i < OBJECTS; i++) {
            String name = "in/part-" + i;
            Path file = directory.resolve("part-" + i);
            Examples.write(file, (long) i * RECORDS, (i + 1L) * RECORDS);
            store.client()
                    .putObject(put -> put.bucket("bucket").key(name), AsyncRequestBody.fromFile(file))
                    .join();
        }
    }

    /** Returns where the classes of Pipeflux are, which the cluster must not see. */
    private static List<Path> modules() {
        return Stream.of(RawRecord.class, TfRecords.class, S3Channels.class, PipefluxSource.class, ForkedJvm.class)
                .map(SubmissionsTest::location)
                .toList();
    }

    private static Path location(Class<?> type) {
        return Path.of(URI.create(
                type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }

    private static boolean isOfTheJob(String entry) {
        return OF_THE_JOB.stream().anyMatch(entry::contains) && !isNative(entry);
    }

    /** Returns whether the entry is the AWS CRT, whose native code keeps a class loader for ever. */
    private static boolean isNative(String entry) {
        return entry.contains("/aws-crt-");
    }

    /** Returns the job's jars. */
    private String jars(List<Path> modules, Path tests) throws IOException {
        List<String> jars = new ArrayList<>();
        for (Path classes : Stream.concat(modules.stream(), Stream.of(tests)).toList()) {
            jars.add(Files.isDirectory(classes) ? jar(classes, "classes-" + jars.size()) : classes.toString());
        }
        ForkedJvm.classPathEntries().filter(SubmissionsTest::isOfTheJob).forEach(jars::add);
        return String.join(File.pathSeparator, jars);
    }

    private String jar(Path classes, String name) throws IOException {
        Path jar = directory.resolve(name + ".jar");
        try (Stream<Path> found = Files.walk(classes);
                OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out)) {
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        return jar.toString();
    }
}
