package io.pipeflux.s3;

import io.pipeflux.s3.test.S3Server;
import io.pipeflux.s3.test.Store;

/** S3Proxy, in this process. */
class S3ProxyStoreTest extends StoreContract {

    @Override
    String name() {
        return "S3Proxy";
    }

    @Override
    Store start() throws Exception {
        return S3Server.start();
    }
}
