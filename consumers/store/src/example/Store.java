package example;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;

/** An S3 server in a separate process, so that it is not on a consumer's class path. Writes its address to a file. */
public final class Store {

    public static void main(String[] arguments) throws Exception {
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(new TransientNio2BlobStore())
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.NONE, "", "")
                .ignoreUnknownHeaders(true)
                .build();
        proxy.start();
        Path address = Path.of(arguments[0]);
        Path written = Files.writeString(Path.of(address + ".part"), "http://127.0.0.1:" + proxy.getPort());
        Files.move(written, address);
    }
}
