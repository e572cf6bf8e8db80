package io.pipeflux.s3;

import java.util.List;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Schedules of faults over the SDK's client on the AWS CRT. */
class FaultSchedulesCrtTest extends FaultSchedules {

    /** As many as each client of {@link FaultSchedulesTest} gets. */
    @Override
    int schedules() {
        return (ROUNDS + 3) / 4;
    }

    @Override
    List<S3AsyncClient> clients(int port) {
        return List.of(server.crtClient(port));
    }
}
