package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

import io.pipeflux.core.internal.Utf8;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses a map from names to values, and passes the values of known names to sinks.
 *
 * <pre>
 *   map     repeated entry = n;               if entries have the same key, only the last one is used
 *   entry   { string key = 1; V value = 2; }  in any order. If the key is repeated, only the last one is used.
 *                                             If the value is repeated, the values are merged.
 * </pre>
 *
 * @param <S> the type of the sinks, each of which receives the values of one name
 */
abstract class MapParser<S> {

    private static final int ENTRY = WireReader.tag(1, LENGTH);
    private static final int KEY = WireReader.tag(1, LENGTH);
    private static final int VALUE = WireReader.tag(2, LENGTH);
    // returned by keyBeforeLastValue if the entry is not exactly one key followed by one value; -1 means an unknown key
    private static final int ANOTHER = -2;

    final WireReader in;
    private final KeyTable keys;
    private final List<S> sinks; // the sink for each key, at the key's index
    private final S ignored;

    MapParser(WireReader in, KeyTable keys, List<S> sinks, S ignored) {
        this.in = in;
        this.keys = keys;
        this.sinks = sinks;
        this.ignored = ignored;
    }

    /** Begins an entry. Values of an earlier entry with the same key are discarded. */
    abstract void start(S sink);

    /** Parses a value. The reader must have entered the value's message before this call. */
    abstract void value(S sink);

    /** Reads entries without parsing them, up to the first entry that must be parsed. By default, reads no entries. */
    void takeKnown() {}

    /**
     * Called after an entry has been parsed, if the entry is exactly one key followed by one value. By default, does
     * nothing.
     *
     * @param begin the index of the entry's tag
     */
    void parsed(int begin, S sink) {}

    /** Parses a message whose field 1 is a map. */
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

    /** Parses the remaining fields of an entry, and returns the sink that received the values. */
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
     * Reads a key whose tag has already been read. Returns the key's index if the rest of the entry is exactly one
     * value, so that no later key can replace this key. Otherwise returns {@link #ANOTHER}.
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

    /**
     * Returns the index of an entry's key, which can be before or after the value. If the key is repeated, only the
     * last one is used.
     */
    private int indexOfLastKey() {
        int index = keys.find(in.array(), in.position(), in.position()); // the default is the empty key
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
