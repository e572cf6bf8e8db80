package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import io.pipeflux.core.internal.Utf8;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses a map from names to values, which takes the values of the names that are asked for.
 *
 * <pre>
 *   map     repeated entry = n;                           a key repeated: the last entry counts
 *   entry   { string key = 1; V value = 2; }              any order, key repeated: the last, value repeated: merged
 * </pre>
 *
 * @param <S> what takes the values of a name
 */
abstract class MapParser<S> {

    private static final int ENTRY = WireReader.tag(1, LENGTH);
    private static final int KEY = WireReader.tag(1, LENGTH);
    private static final int VALUE = WireReader.tag(2, LENGTH);
    private static final int ANOTHER = -2; // and -1: a key that is not asked for

    final WireReader in;
    private final KeyTable keys;
    private final List<S> sinks; // by the indexes of keys
    private final S ignored;

    MapParser(WireReader in, KeyTable keys, List<S> sinks, S ignored) {
        this.in = in;
        this.keys = keys;
        this.sinks = sinks;
        this.ignored = ignored;
    }

    /** An entry of the name begins: what came before under that name does not count. */
    abstract void start(S sink);

    /** Parses the message of a value, which is entered already. */
    abstract void value(S sink);

    /** Takes the entries that come next, as far as there is a faster way than to parse them. */
    void takeKnown() {}

    /** An entry has been parsed, tag at {@code begin}, that has a key, then a value and nothing else. */
    void parsed(int begin, S sink) {}

    /** Parses a message that has a map as its field 1. */
    final void message() {
        int outer = in.enter();
        for (takeKnown(); in.more(); takeKnown()) {
            int begin = in.position();
            int tag = in.tag();
            if (tag == ENTRY) {
                entry(begin);
            } else {
                in.skip(tag);
            }
        }
        in.leave(outer);
    }

    /** Parses an entry of the map. */
    final void entry() {
        entry(in.position());
    }

    private void entry(int begin) {
        int outer = in.enter();
        int key = in.position();
        int index = in.more() && in.tag() == KEY ? keyBeforeLastValue() : ANOTHER;
        if (index == ANOTHER) {
            in.move(key);
            index = indexOfLastKey();
            in.move(key);
            values(index);
        } else {
            parsed(begin, values(index));
        }
        in.leave(outer);
    }

    /** Parses the rest of an entry and returns what its values were for. */
    private S values(int index) {
        S sink = index < 0 ? ignored : sinks.get(index);
        in.reading(name(index));
        start(sink);
        while (in.more()) {
            int tag = in.tag();
            if (tag == VALUE) {
                int entry = in.enter();
                value(sink);
                in.leave(entry);
            } else {
                in.skip(tag);
            }
        }
        in.reading(null);
        return sink;
    }

    private @Nullable String name(int index) {
        return index < 0 ? null : keys.name(index);
    }

    /**
     * Reads a key, whose tag has been read, if a value follows that ends the entry: so it is the last, and that is known
     * before the value is parsed. Else returns {@link #ANOTHER}.
     */
    private int keyBeforeLastValue() {
        int index = key();
        int value = in.position();
        if (!in.more() || in.tag() != VALUE) {
            return ANOTHER;
        }
        in.advance(in.length());
        boolean ends = !in.more();
        in.move(value);
        return ends ? index : ANOTHER;
    }

    /** Looks through an entry for its key, which need not come first. */
    private int indexOfLastKey() {
        int index = keys.find(in.array(), in.position(), in.position()); // no key is the empty key
        while (in.more()) {
            int tag = in.tag();
            if (tag == KEY) {
                index = key();
            } else {
                in.skip(tag);
            }
        }
        return index;
    }

    private int key() {
        int length = in.length();
        int from = in.position();
        if (!Utf8.isLegal(in.array(), from, from + length)) {
            throw in.corrupt("a feature's name is not UTF-8");
        }
        in.advance(length);
        return keys.find(in.array(), from, from + length);
    }
}
