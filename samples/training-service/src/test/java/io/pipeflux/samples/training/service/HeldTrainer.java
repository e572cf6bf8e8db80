package io.pipeflux.samples.training.service;

import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.samples.training.LogisticModel.Score;
import io.pipeflux.samples.training.LogisticModel.Step;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Trains as the demo's trainer does, and is held at one place until a test lets it go on: in its step {@value
 * #HELD_STEP}, or in the first batch of an evaluation, or when it gives its first state for a checkpoint.
 */
final class HeldTrainer implements Trainer {

    static final int HELD_STEP = 30;

    enum Place {
        FIT,
        SCORE,
        STATE
    }

    private final Trainer trainer = new LogisticTrainer();
    private final Place place;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch let = new CountDownLatch(1);

    HeldTrainer(Place place) {
        this.place = place;
    }

    static String name(Place place) {
        return "held-in-" + place.name().toLowerCase(Locale.ROOT);
    }

    private void hold(Place at) {
        if (at == place) {
            reached.countDown();
            try {
                let.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("expected that no step is interrupted", e);
            }
        }
    }

    void awaitHeld() throws InterruptedException {
        reached.await();
    }

    void letGo() {
        let.countDown();
    }

    @Override
    public String name() {
        return name(place);
    }

    @Override
    public String description() {
        return trainer.description();
    }

    @Override
    public List<HyperParameter> hyperParameters() {
        return trainer.hyperParameters();
    }

    @Override
    public void check(List<ColumnSpec> schema) {
        trainer.check(schema);
    }

    @Override
    public Learner learner(List<ColumnSpec> schema, Map<String, Double> hyperParameters, byte @Nullable [] state) {
        Learner learner = trainer.learner(schema, hyperParameters, state);
        return new Learner() {
            private int steps;

            @Override
            public Step fit(ColumnBatch batch) {
                if (++steps == HELD_STEP) {
                    hold(Place.FIT);
                }
                return learner.fit(batch);
            }

            @Override
            public Score score(ColumnBatch batch) {
                hold(Place.SCORE);
                return learner.score(batch);
            }

            @Override
            public byte[] state() {
                hold(Place.STATE);
                return learner.state();
            }

            @Override
            public String model() {
                return learner.model();
            }
        };
    }
}
