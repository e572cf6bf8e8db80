package io.pipeflux.s3.test;

import java.net.URI;

/** A store of another maker that runs on this machine, for as long as the tests of one class. */
public interface Store extends AutoCloseable {

    URI endpoint();

    String accessKey();

    String secretKey();

    @Override
    void close();
}
