package io.pipeflux.samples.training.service;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The trainers that a request can choose by name. A request cannot name a class, so only registered trainers can run.
 */
public final class Trainers {

    private final Map<String, Trainer> byName = new LinkedHashMap<>();

    private Trainers() {}

    /** Returns a registry of these trainers. */
    public static Trainers of(Trainer... trainers) {
        Trainers all = new Trainers();
        for (Trainer trainer : trainers) {
            if (all.byName.putIfAbsent(trainer.name(), trainer) != null) {
                throw new IllegalArgumentException("expected trainers of different names, but got " + trainer.name());
            }
        }
        return all;
    }

    /** Returns the trainers that come with the service. */
    public static Trainers standard() {
        return of(new LogisticTrainer());
    }

    @Nullable
    Trainer find(String name) {
        return byName.get(name);
    }

    Collection<Trainer> all() {
        return byName.values();
    }

    @Override
    public String toString() {
        return String.join(", ", byName.keySet());
    }
}
