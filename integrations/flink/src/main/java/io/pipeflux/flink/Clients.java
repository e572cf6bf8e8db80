package io.pipeflux.flink;

import java.net.URLConnection;
import org.apache.flink.util.function.SerializableSupplier;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Creates the clients of a job. */
final class Clients {

    private Clients() {}

    /**
     * Creates a client while the JDK's cache of jars is off, because Netty and the AWS SDK then read files of the job's
     * jars. The cache would keep these jars open until the process ends, although Flink deletes them with the job.
     */
    static synchronized S3AsyncClient create(SerializableSupplier<S3AsyncClient> factory) {
        boolean cached = URLConnection.getDefaultUseCaches("jar");
        URLConnection.setDefaultUseCaches("jar", false);
        try {
            return factory.get();
        } finally {
            URLConnection.setDefaultUseCaches("jar", cached);
        }
    }
}
