package io.pipeflux.s3.test;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Ceph's object gateway over a cluster of one monitor and one object store in memory, as any user can start them. It is
 * not fetched: where its programs (Debian's radosgw, ceph-mon, ceph-osd and ceph-common) are not installed, the tests
 * are skipped. Its files and logs are in a temporary
 * directory.
 */
public final class CephStore implements Store {

    private static final String KEY = "ceph-access-key";
    private static final String SECRET = "ceph-secret-key";
    private static final int MINUTES = 2;

    private final Path home;
    private final List<Process> daemons = new ArrayList<>();
    private final int port = Ports.free();

    private CephStore(Path home) throws IOException {
        this.home = home;
    }

    public static Store start() throws Exception {
        boolean installed = Stream.of("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
                .allMatch(CephStore::isOnPath);
        if (!installed) {
            System.out.println("Tests with Ceph are skipped, since its programs are not installed");
        }
        assumeTrue(installed, "Ceph is not installed");
        // short, as its sockets are in it
        CephStore store = new CephStore(Files.createTempDirectory(Path.of("/tmp"), "ceph"));
        try {
            store.startCluster();
        } catch (Exception | Error e) {
            store.close();
            throw e;
        }
        return store;
    }

    private static boolean isOnPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    private void startCluster() throws Exception {
        UUID cluster = UUID.randomUUID();
        UUID disk = UUID.randomUUID();
        String monitor = "[v2:127.0.0.1:" + Ports.free() + ",v1:127.0.0.1:" + Ports.free() + "]";
        Files.createDirectories(home.resolve("mon"));
        Files.createDirectories(home.resolve("osd"));
        Files.writeString(
                home.resolve("ceph.conf"),
                String.join(
                        "\n",
                        "[global]",
                        "fsid = " + cluster,
                        "mon host = " + monitor,
                        "public addr = 127.0.0.1",
                        "auth cluster required = none",
                        "auth service required = none",
                        "auth client required = none",
                        "mon allow pool size one = true",
                        "mon max pg per osd = 1000",
                        "osd pool default size = 1",
                        "osd pool default min size = 1",
                        "osd pool default pg num = 4",
                        "osd pool default pgp num = 4",
                        "osd pool default pg autoscale mode = off",
                        "osd crush chooseleaf type = 0",
                        "osd objectstore = memstore",
                        "memstore device bytes = 2147483648",
                        "mon data = " + home + "/mon",
                        "osd data = " + home + "/osd",
                        "keyring = /dev/null",
                        "ms mon client mode = crc", // else the gateway asks for a secure one, which needs keys
                        "run dir = " + home,
                        "admin socket = " + home + "/$name.asok",
                        "pid file = " + home + "/$name.pid",
                        "log file = " + home + "/$name.log",
                        "crash dir = " + home,
                        "rgw frontends = beast endpoint=127.0.0.1:" + port,
                        ""));
        String map = home.resolve("monmap").toString();
        run("monmaptool", "--create", "--addv", "a", monitor, "--fsid", cluster.toString(), map);
        run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map);
        daemon("ceph-mon", "-i", "a");
        run("ceph", "osd", "new", disk.toString());
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk.toString());
        daemon("ceph-osd", "-i", "0");
        run(
                "radosgw-admin",
                "user",
                "create",
                "--uid=pipeflux",
                "--display-name=pipeflux",
                "--access-key=" + KEY,
                "--secret-key=" + SECRET);
        daemon("radosgw", "-n", "client.rgw");
        await().until(this::isUp);
    }

    private ProcessBuilder command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        if (!arguments[0].equals("monmaptool")) {
            command.addAll(1, List.of("-c", home.resolve("ceph.conf").toString()));
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        home.resolve(arguments[0] + ".out").toFile()));
    }

    private void run(String... arguments) throws Exception {
        Process process = command(arguments).start();
        boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
        process.destroyForcibly();
        if (!ended || process.exitValue() != 0) {
            throw new IllegalStateException(String.join(" ", arguments) + " failed: see " + home);
        }
    }

    private void daemon(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("-f");
        daemons.add(command(all.toArray(String[]::new)).start());
    }

    private boolean isUp() {
        if (!daemons.stream().allMatch(Process::isAlive)) {
            throw new IllegalStateException("a daemon of Ceph ended: see " + home);
        }
        return Ports.isTaken(port);
    }

    @Override
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    public String accessKey() {
        return KEY;
    }

    @Override
    public String secretKey() {
        return SECRET;
    }

    @Override
    public void close() {
        daemons.forEach(Process::destroyForcibly);
        daemons.forEach(daemon -> daemon.onExit().join());
    }
}
