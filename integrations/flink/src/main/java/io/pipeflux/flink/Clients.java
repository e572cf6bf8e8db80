package io.pipeflux.flink;

import java.net.URLConnection;
import org.apache.flink.util.function.SerializableSupplier;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Creates the clients of a job. */
final class Clients {

    private Clients() {}

    /**
     * Creates a client while the JDK's cache of open jar files is disabled. Netty and the AWS SDK read files from the
     * job's jars when a client is created. With the cache, these jars would stay open until the process ends, although
     * Flink deletes them when the job ends.
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
