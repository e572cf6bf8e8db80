package io.pipeflux.s3;

import io.pipeflux.s3.test.Store;
import io.pipeflux.s3.test.StoreProcess;
import org.junit.jupiter.api.Tag;

/** s3rver, in a process of its own. */
@Tag("stores")
class S3rverStoreTest extends StoreContract {

    @Override
    String name() {
        return "s3rver";
    }

    @Override
    Store start() throws Exception {
        return StoreProcess.s3rver();
    }
}
