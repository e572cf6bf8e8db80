package io.pipeflux.samples.training.service;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class GateTest {

    @Test
    void aClosedGateHoldsOneElementAndAsksForNoMore() {
        Gate gate = new Gate();
        TestPublisher<Integer> source = TestPublisher.create();
        StepVerifier.create(source.flux().concatMap(i -> gate.whenOpen().thenReturn(i), 0))
                .then(() -> source.next(1))
                .expectNext(1)
                .then(gate::close)
                .then(() -> source.next(2)) // was asked for before the gate closed
                .then(gate::open)
                .expectNext(2)
                .then(gate::open)
                .then(() -> source.next(3))
                .expectNext(3)
                .then(source::complete)
                .verifyComplete();
    }

    @Test
    void aGateThatIsClosedTwiceOpensOnce() {
        Gate gate = new Gate();
        gate.close();
        StepVerifier.create(Flux.just(1).concatMap(i -> gate.whenOpen().thenReturn(i), 0))
                .expectSubscription()
                .then(gate::close)
                .then(gate::open)
                .expectNext(1)
                .verifyComplete();
    }
}
