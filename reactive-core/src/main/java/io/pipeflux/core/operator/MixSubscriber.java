package io.pipeflux.core.operator;

import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.internal.DrainingSubscriber;
import io.pipeflux.core.internal.Mixed;
import io.pipeflux.core.internal.Mixed.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The base class of operators that read all of their sources at the same time. The sources are requested when
 * downstream first requests. When all sources have arrived, the operator subscribes to each source that had not ended
 * before the resume point. It requests {@value #AHEAD} elements from each of them, and the next {@value #AHEAD} when
 * these have been taken.
 */
abstract class MixSubscriber<T, R> extends DrainingSubscriber<Flux<T>, R> {

    /** The number of elements that are requested from each source at a time, and the size of each source's queue. */
    static final int AHEAD = 8;

    protected final MixStart start;
    protected final MixMarks marks;
    private final int most; // the maximum number of sources

    private final List<Flux<T>> arrived = new ArrayList<>(); // used by upstream's thread, later by the draining thread

    private final Set<InterleaveSource<T>> begun = ConcurrentHashMap.newKeySet(); // the sources to cancel

    // used by the draining thread only
    private final List<@Nullable InterleaveSource<T>> sources = new ArrayList<>();
    private boolean opened;
    private long toDrop;

    MixSubscriber(CoreSubscriber<? super R> actual, int most, MixStart start) {
        super(actual, start.inSources(actual.currentContext()), start.by());
        this.start = start;
        this.marks = new MixMarks(start);
        this.most = most;
        this.toDrop = start.drop();
    }

    // == signals from upstream, which emits the sources ==

    @Override
    public void onNext(Flux<T> source) {
        if (isDone()) {
            Operators.onNextDropped(source, context);
            return;
        }
        try {
            arrived.add(source);
            if (arrived.size() > most) {
                throw wrongCount("more");
            }
        } catch (Throwable t) {
            failAfterKept(t);
        }
    }

    private IllegalArgumentException wrongCount(Object found) {
        return new IllegalArgumentException(
                start.by() + ": expected " + most + " sources, one for each weight, but got " + found);
    }

    @Override
    protected void demanded(long n) {
        if (beginsDemand()) {
            upstream().request(most == Integer.MAX_VALUE ? Long.MAX_VALUE : most + 1L);
        }
        drain();
    }

    // == called by the draining thread ==

    @Override
    protected void emit() {
        if (!isDone()) {
            return;
        }
        if (error() != null) {
            signalEnd(error());
            return;
        }
        if (!opened) {
            opened = true;
            open();
        }
        if (!isOver()) {
            emitFrom();
        }
    }

    private void open() {
        if (most != Integer.MAX_VALUE && arrived.size() != most) {
            throw wrongCount(arrived.size());
        }
        Mixed<ResumePoint> state = start.state();
        start.require(state == null || (state.turn().isEmpty() && state.places().size() == arrived.size()));
        for (int i = 0; i < arrived.size(); i++) {
            Place<ResumePoint> place =
                    state == null ? new Place<>(i, null) : state.places().get(i);
            if (place == null) {
                marks.end(i);
                sources.add(null);
                ended(i);
                continue;
            }
            start.require(place.source() == i);
            marks.open(i, i, place.point());
            sources.add(new InterleaveSource<>(this, start.inSource(context, place), AHEAD));
        }
        sources.stream().filter(Objects::nonNull).forEach(begun::add); // before isOver() is checked
        for (int i = 0; i < arrived.size() && !isOver(); i++) {
            InterleaveSource<T> source = sources.get(i);
            if (source != null) {
                source.subscribeTo(arrived.get(i));
            }
        }
        arrived.clear();
    }

    /** Handles a source that had ended before the resume point. */
    protected abstract void ended(int source);

    /** Emits the elements that are available and requested. */
    protected abstract void emitFrom();

    /** Returns a source, or null if it has ended. */
    protected final @Nullable InterleaveSource<T> source(int index) {
        return sources.get(index);
    }

    protected final int count() {
        return sources.size();
    }

    /** Notes that a source has ended. */
    protected final void end(int source) {
        InterleaveSource<T> ended = sources.set(source, null);
        if (ended != null) {
            begun.remove(ended);
        }
        marks.end(source);
    }

    /** Returns whether the next element precedes the resume point. */
    protected final boolean drops() {
        return toDrop > 0;
    }

    protected final void dropped() {
        toDrop--;
    }

    /** Marks the state before the next element if a new mark is due. */
    protected final void mark() {
        if (marks.isDue()) {
            marks.mark(List.of());
        }
    }

    /** Completes the subscriber, or signals an error if the sources have ended before the resume point. */
    protected final void complete() {
        signalEnd(toDrop == 0 ? null : start.ended(toDrop));
    }

    @Override
    protected void cancelSources() {
        begun.forEach(InterleaveSource::cancel);
    }

    @Override
    protected void release() {
        for (InterleaveSource<T> source : sources) {
            if (source != null) {
                source.cancelAndDiscard();
            }
        }
    }

    @Override
    @SuppressWarnings({"rawtypes", "ReferenceEquality"}) // Reactor's Attr is raw, and compared by identity
    public @Nullable Object scanUnsafe(Attr key) {
        if (key == Attr.PREFETCH) {
            return AHEAD;
        }
        return super.scanUnsafe(key);
    }
}
