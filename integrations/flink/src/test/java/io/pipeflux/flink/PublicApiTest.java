package io.pipeflux.flink;

import io.pipeflux.core.suite.CommittedApi;
import org.junit.jupiter.api.Test;

/** {@code api.txt} beside the module's {@code pom.xml} is its public API: a change shows in review as a diff. */
class PublicApiTest {

    @Test
    void isTheCommittedOne() {
        CommittedApi.assertUnchanged(PipefluxSource.class);
    }
}
