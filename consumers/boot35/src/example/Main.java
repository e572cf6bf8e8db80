package example;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.util.Map;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;

/** A WebFlux server on Netty 4.1, which this line of Spring Boot manages; S3 is read over the SDK's own client. */
@SpringBootApplication
public class Main {

    public static void main(String[] arguments) {
        SpringApplication application = new SpringApplication(Main.class);
        application.setDefaultProperties(Map.of("server.port", "0"));
        application.run(arguments).close();
    }

    @Bean
    CommandLineRunner training() {
        return arguments -> {
            Pipeline.overPipe();
            Pipeline.overS3(NettyNioAsyncHttpClient.builder());
            System.out.println("refused: " + refusal());
        };
    }

    private static String refusal() {
        try {
            ReactorNettyHttpClient.create().close();
        } catch (IllegalStateException e) {
            return e.getMessage();
        }
        throw new AssertionError("expected an IllegalStateException that names Netty 4.1, but got a client");
    }
}
