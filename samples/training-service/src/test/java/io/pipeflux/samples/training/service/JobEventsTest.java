package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** What subscribers to a job are sent, and when. */
class JobEventsTest extends ServiceTest {

    private String waiting() {
        jobs.close().block();
        jobs = open(directory, new ServiceSettings(0, 50, Duration.ofSeconds(1)));
        return submit(request(1)).id();
    }

    @Test
    void aSubscriberSeesTheJobAtOnceAndTheEndAtLast() {
        String id = submit(request(5)).id();
        StepVerifier.create(jobs.events(id))
                .assertNext(first -> assertThat(first.job()).isNotNull())
                .thenConsumeWhile(event -> !event.isEnd())
                .assertNext(last -> {
                    assertThat(last.job().job().state()).isEqualTo(JobState.done);
                    assertThat(last.job().point().step()).isEqualTo(110);
                    assertThat(last.job().series()).isNull();
                })
                .verifyComplete();
        StepVerifier.create(jobs.events(id))
                .assertNext(only -> {
                    assertThat(only.isEnd()).isTrue();
                    assertThat(only.lines()).anyMatch(line -> line.endsWith(" done"));
                })
                .verifyComplete();
    }

    @Test
    void aSlowSubscriberGetsTheNewestAndSlowsNobody() {
        String id = submit(request(30)).id();
        StepVerifier.create(jobs.events(id), 1)
                .expectNextCount(1)
                .then(() -> awaitState(id, JobState.done)) // without any demand
                .thenRequest(2) // one that was made before it was asked for, and the newest
                .thenConsumeWhile(event -> !event.isEnd())
                .assertNext(newest -> {
                    assertThat(newest.isEnd()).isTrue();
                    assertThat(newest.job().job().records()).isEqualTo(21_000);
                })
                .verifyComplete();
    }

    @Test
    void whereNothingHappensThereIsASignOfLifeEachQuarterOfAMinute() {
        String id = waiting();
        VirtualTimeScheduler.getOrSet();
        try {
            StepVerifier.withVirtualTime(() -> jobs.events(id))
                    .assertNext(first -> assertThat(first.job()).isNotNull())
                    .thenAwait(Duration.ofSeconds(15))
                    .assertNext(JobEventsTest::saysNothing)
                    .thenAwait(Duration.ofSeconds(15))
                    .assertNext(JobEventsTest::saysNothing)
                    .then(() -> jobs.cancel(id).block())
                    .assertNext(end -> assertThat(end.isEnd()).isTrue())
                    .verifyComplete();
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    private static void saysNothing(JobEvent event) {
        assertThat(event.job()).isNull();
        assertThat(event.lines()).isEmpty();
        assertThat(event.isEnd()).isFalse();
    }

    @Test
    void theListIsSentTwiceASecondAtMost() {
        waiting();
        VirtualTimeScheduler.getOrSet();
        try {
            StepVerifier.withVirtualTime(() -> jobs.lists().map(List::size))
                    .expectNext(1)
                    .then(() -> submit(request(1)))
                    .then(() -> submit(request(1)))
                    .thenAwait(Duration.ofMillis(499))
                    .then(() -> submit(request(1)))
                    .thenAwait(Duration.ofMillis(1))
                    .expectNext(4) // one list for all three
                    .thenCancel()
                    .verify();
        } finally {
            VirtualTimeScheduler.reset();
        }
    }

    @Test
    void streamsEndWhenTheServiceIsClosed() {
        String id = waiting();
        StepVerifier.create(Flux.merge(jobs.events(id), jobs.lists()))
                .expectNextCount(2)
                .then(() -> jobs.close().block())
                .thenConsumeWhile(more -> true)
                .verifyComplete();
        jobs = open(directory);
    }
}
