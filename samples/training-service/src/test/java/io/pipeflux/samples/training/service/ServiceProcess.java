package io.pipeflux.samples.training.service;

/** The service as a process, with the credentials of the demo's store. */
final class ServiceProcess {

    private ServiceProcess() {}

    public static void main(String[] args) {
        System.setProperty("aws.accessKeyId", "demo-identity");
        System.setProperty("aws.secretAccessKey", "demo-credential");
        ServiceMain.main(args);
    }
}
