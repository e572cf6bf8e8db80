package io.pipeflux.s3;

import io.pipeflux.s3.test.CephStore;
import io.pipeflux.s3.test.Store;
import org.junit.jupiter.api.Tag;

/** Ceph's object gateway, in processes of its own. */
@Tag("stores")
class CephStoreTest extends StoreContract {

    @Override
    String name() {
        return "Ceph";
    }

    @Override
    Store start() throws Exception {
        return CephStore.start();
    }
}
