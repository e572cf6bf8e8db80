package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.END_GROUP;
import static io.pipeflux.records.example.WireReader.FIXED32;
import static io.pipeflux.records.example.WireReader.FIXED64;
import static io.pipeflux.records.example.WireReader.LENGTH;
import static io.pipeflux.records.example.WireReader.START_GROUP;
import static io.pipeflux.records.example.WireReader.VARINT;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Makes legal serialized Examples in all ways in which protobuf lets one write them. */
final class RandomExamples {

    static final List<String> KEYS =
            List.of("data", "labels", "", "x", "ключ", "特徴", "a longer name than 16 bytes", "x2");

    private final Random random;

    RandomExamples(long seed) {
        this.random = new Random(seed);
    }

    byte[] next() {
        return WireWriter.message(this::example);
    }

    private void example(WireWriter out) {
        times(2, () -> {
            unknown(out);
            out.message(1, this::features);
        });
        unknown(out);
    }

    byte[] nextSequence() {
        return WireWriter.message(out -> times(2, () -> {
            unknown(out);
            out.message(1, this::features);
            out.message(2, lists -> map(lists, this::featureList));
            unknown(out);
        }));
    }

    private void features(WireWriter out) {
        map(out, this::feature);
    }

    private void map(WireWriter out, Consumer<WireWriter> value) {
        times(6, () -> {
            unknown(out);
            out.message(1, entry -> entry(entry, value));
        });
    }

    /** An entry of a map, in all ways in which its fields may stand. */
    void entry(WireWriter out, Consumer<WireWriter> value) {
        String key = KEYS.get(random.nextInt(KEYS.size()));
        switch (random.nextInt(8)) {
            case 0 -> out.message(2, value).string(1, key);
            case 1 -> out.string(1, "another").message(2, value).string(1, key);
            case 2 -> out.string(1, key).message(2, value).message(2, value);
            case 3 -> out.message(2, value); // the empty key
            case 4 -> out.string(1, key); // the default value
            default -> out.string(1, key).message(2, value);
        }
        unknown(out);
    }

    /** Steps, mostly of one kind and length, so that they fit a schema. */
    private void featureList(WireWriter out) {
        int kind = 1 + random.nextInt(3);
        int length = random.nextInt(3);
        boolean equal = random.nextInt(4) > 0;
        times(4, () -> {
            unknown(out);
            out.message(1, equal ? step(kind, length) : this::feature);
        });
    }

    private Consumer<WireWriter> step(int kind, int length) {
        return out -> out.message(kind, list -> {
            for (int i = 0; i < length; i++) {
                switch (kind) {
                    case 1 -> list.string(1, "step " + i);
                    case 2 -> list.tag(1, FIXED32).fixed32(random.nextInt());
                    default -> int64(list.tag(1, VARINT));
                }
            }
        });
    }

    private void feature(WireWriter out) {
        int kind = 1 + random.nextInt(3);
        int lists = random.nextInt(8) == 0 ? random.nextInt(3) : 1;
        for (int i = 0; i < lists; i++) {
            unknown(out);
            out.message(kind, list(kind));
        }
        if (random.nextInt(10) == 0) {
            // another kind, which takes the place of the first
            int other = 1 + kind % 3;
            out.message(other, list(other));
        }
        unknown(out);
    }

    private Consumer<WireWriter> list(int kind) {
        return switch (kind) {
            case 1 -> this::bytesList;
            case 2 -> this::floatList;
            default -> this::int64List;
        };
    }

    void bytesList(WireWriter out) {
        times(3, () -> {
            unknown(out);
            byte[] value = new byte[random.nextInt(20)];
            random.nextBytes(value);
            out.bytes(1, value);
        });
    }

    void floatList(WireWriter out) {
        times(3, () -> {
            unknown(out);
            if (random.nextBoolean()) {
                out.message(1, packed -> times(20, () -> packed.fixed32(random.nextInt())));
            } else {
                out.tag(1, FIXED32).fixed32(random.nextInt());
            }
        });
    }

    void int64List(WireWriter out) {
        times(3, () -> {
            unknown(out);
            if (random.nextBoolean()) {
                out.message(1, packed -> times(20, () -> int64(packed)));
            } else {
                int64(out.tag(1, VARINT));
            }
        });
    }

    private void int64(WireWriter out) {
        long value = random.nextLong() >> random.nextInt(64);
        out.varint(value, random.nextInt(4) == 0 ? 1 + random.nextInt(10) : 1);
    }

    /** Now and then a field that is not known; of a number that is known, too, but of another type. */
    void unknown(WireWriter out) {
        unknownFrom(out, 4);
    }

    void unknownFrom(WireWriter out, int first) {
        if (random.nextInt(6) == 0) {
            unknown(out, first, 3);
        }
    }

    private void unknown(WireWriter out, int first, int depth) {
        int number = first + random.nextInt(random.nextInt(4) == 0 ? 1 << 20 : 12);
        switch (random.nextInt(6)) {
            case 0 -> int64(out.tag(number, VARINT));
            case 1 -> out.tag(number, FIXED64).fixed64(random.nextLong());
            case 2 -> out.tag(number, LENGTH).varint(3, 1 + random.nextInt(4)).raw((byte) -1, (byte) 8, (byte) 10);
            case 3 -> out.tag(number, FIXED32).fixed32(random.nextInt());
            case 4 -> out.tag(1 + random.nextInt(3), FIXED64).fixed64(random.nextLong());
            default -> {
                out.tag(number, START_GROUP);
                if (depth > 0) {
                    times(3, () -> unknown(out, first, depth - 1));
                }
                out.tag(number, END_GROUP);
            }
        }
    }

    void times(int most, Runnable action) {
        int count = random.nextInt(most + 1);
        for (int i = 0; i < count; i++) {
            action.run();
        }
    }
}
