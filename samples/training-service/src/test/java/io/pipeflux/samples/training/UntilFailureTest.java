package io.pipeflux.samples.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class UntilFailureTest {

    private final TestPublisher<Integer> source = TestPublisher.create();
    private final Sinks.Empty<Void> failure = Sinks.empty();

    @Test
    void aFailureCancelsTheSource() {
        source.flux()
                .transform(UntilFailure.of(failure.asMono()))
                .as(StepVerifier::create)
                .then(() -> source.next(1))
                .expectNext(1)
                .then(() -> failure.tryEmitError(new IOException("agent")))
                .verifyErrorMessage("agent");
        assertThat(source.wasCancelled()).isTrue();
    }

    @Test
    void theEndOfTheSourceIsTheEnd() {
        source.flux()
                .transform(UntilFailure.of(failure.asMono()))
                .as(StepVerifier::create)
                .then(() -> source.next(1).complete())
                .expectNext(1)
                .verifyComplete();
        assertThat(failure.currentSubscriberCount()).isZero();
    }

    @Test
    void theErrorOfTheSourceIsItsOwn() {
        source.flux()
                .transform(UntilFailure.of(Mono.never()))
                .as(StepVerifier::create)
                .then(() -> source.error(new IOException("source")))
                .verifyErrorMessage("source");
    }
}
