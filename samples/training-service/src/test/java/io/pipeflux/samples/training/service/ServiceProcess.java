package io.pipeflux.samples.training.service;

import io.pipeflux.core.suite.ForkedJvm;
import java.net.URI;
import java.nio.file.Path;

/** The service as a process, with the credentials of the demo's store. */
final class ServiceProcess {

    private static final String READY = "training service at ";

    private ServiceProcess() {}

    public static void main(String[] args) {
        System.setProperty("aws.accessKeyId", "demo-identity");
        System.setProperty("aws.secretAccessKey", "demo-credential");
        ServiceMain.main(args);
    }

    static ForkedJvm start(Path directory, URI store, int port) {
        return ForkedJvm.run(
                256,
                ServiceProcess.class,
                "--directory=" + directory,
                "--port=" + port,
                "--checkpoint-every=PT0.05S",
                "--endpoint=" + store,
                "--region=us-east-1");
    }

    /** Waits until it serves; returns its address. */
    static URI base(ForkedJvm service) throws Exception {
        for (String line = service.readLine(); line != null; line = service.readLine()) {
            if (line.startsWith(READY)) {
                return URI.create(line.substring(READY.length()).replace("localhost", "127.0.0.1"));
            }
        }
        throw new AssertionError("the service did not start");
    }
}
