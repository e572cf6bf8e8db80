package example;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.util.Map;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** A WebFlux server, on the Reactor Netty that the S3 client uses, too. */
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
            Pipeline.overS3(ReactorNettyHttpClient.builder());
        };
    }
}
