package io.pipeflux.s3;

import io.pipeflux.s3.http.ReactorNettyHttpClient;
import java.util.List;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Schedules of faults over the SDK's HTTP client on Netty and over {@link ReactorNettyHttpClient}. */
class FaultSchedulesTest extends FaultSchedules {

    @Override
    List<S3AsyncClient> clients(int port) {
        return List.of(
                server.plainClient(port, NettyNioAsyncHttpClient.builder().maxConcurrency(20)),
                server.plainClient(port, ReactorNettyHttpClient.builder().maxConnections(20)));
    }
}
