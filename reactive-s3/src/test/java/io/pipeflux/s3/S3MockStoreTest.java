package io.pipeflux.s3;

import io.pipeflux.s3.test.Store;
import io.pipeflux.s3.test.StoreProcess;
import org.junit.jupiter.api.Tag;

/** Adobe's S3Mock, in a process of its own. */
@Tag("stores")
class S3MockStoreTest extends StoreContract {

    @Override
    String name() {
        return "S3Mock";
    }

    @Override
    Store start() throws Exception {
        return StoreProcess.s3Mock();
    }
}
