package example;

import io.pipeflux.s3.http.ReactorNettyHttpClient;

/** A program with the class path that Maven or Gradle makes of the published poms. */
public final class Main {

    public static void main(String[] arguments) throws Exception {
        Pipeline.overPipe();
        Pipeline.overS3(ReactorNettyHttpClient.builder());
    }
}
