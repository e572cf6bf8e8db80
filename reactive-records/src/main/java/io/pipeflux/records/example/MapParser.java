package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.LENGTH;

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

    /** Parses a message that has a map as its field 1. */
    final void message() {
        int outer = in.enter();
        while (in.more()) {
            int tag = in.tag();
            if (tag == ENTRY) {
                entry();
            } else {
                in.skip(tag);
            }
        }
        in.leave(outer);
    }

    /** Parses an entry of the map. */
    final void entry() {
        int outer = in.enter();
        int begin = in.position();
        int index = indexOfLastKey();
        in.back(begin);
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
        in.leave(outer);
    }

    private @Nullable String name(int index) {
        return index < 0 ? null : keys.name(index);
    }

    /** Looks through an entry for its key, which need not come first. */
    private int indexOfLastKey() {
        int from = in.position(); // no key is the empty key
        int to = from;
        while (in.more()) {
            int tag = in.tag();
            if (tag == KEY) {
                int length = in.length();
                from = in.position();
                to = from + length;
                if (!Utf8.isLegal(in.array(), from, to)) {
                    throw in.corrupt("a feature's name is not UTF-8");
                }
                in.advance(length);
            } else {
                in.skip(tag);
            }
        }
        return keys.find(in.array(), from, to);
    }
}
