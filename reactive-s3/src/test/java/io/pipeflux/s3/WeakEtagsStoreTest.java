package io.pipeflux.s3;

import io.pipeflux.s3.test.S3Server;
import io.pipeflux.s3.test.Store;
import io.pipeflux.s3.test.WeakEtags;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** S3Proxy, reached through a proxy that marks the ETags of its answers as weak. */
@Tag("stores")
class WeakEtagsStoreTest extends StoreContract {

    @Override
    String name() {
        return "S3Proxy";
    }

    @Override
    Map<String, String> differences() {
        return Map.of(
                "an ETag", "weak, MD5",
                "an object of two uploaded parts", "ETag weak, `...-2`, CRC32 not stated");
    }

    @Override
    Store start() throws Exception {
        return WeakEtags.before(S3Server.start());
    }
}
