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

    private void features(WireWriter out) {
        times(6, () -> {
            unknown(out);
            out.message(1, this::entry);
        });
    }

    private void entry(WireWriter out) {
        String key = KEYS.get(random.nextInt(KEYS.size()));
        switch (random.nextInt(8)) {
            case 0 -> out.message(2, this::feature).string(1, key);
            case 1 -> out.string(1, "another").message(2, this::feature).string(1, key);
            case 2 -> out.string(1, key).message(2, this::feature).message(2, this::feature);
            case 3 -> out.message(2, this::feature); // the empty key
            case 4 -> out.string(1, key); // the default value
            default -> out.string(1, key).message(2, this::feature);
        }
        unknown(out);
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

    private void bytesList(WireWriter out) {
        times(3, () -> {
            unknown(out);
            byte[] value = new byte[random.nextInt(20)];
            random.nextBytes(value);
            out.bytes(1, value);
        });
    }

    private void floatList(WireWriter out) {
        times(3, () -> {
            unknown(out);
            if (random.nextBoolean()) {
                out.message(1, packed -> times(20, () -> packed.fixed32(random.nextInt())));
            } else {
                out.tag(1, FIXED32).fixed32(random.nextInt());
            }
        });
    }

    private void int64List(WireWriter out) {
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
    private void unknown(WireWriter out) {
        if (random.nextInt(6) == 0) {
            unknown(out, 3);
        }
    }

    private void unknown(WireWriter out, int depth) {
        int number = random.nextInt(4) == 0 ? 4 + random.nextInt(1 << 20) : 4 + random.nextInt(12);
        switch (random.nextInt(6)) {
            case 0 -> int64(out.tag(number, VARINT));
            case 1 -> out.tag(number, FIXED64).fixed64(random.nextLong());
            case 2 -> out.tag(number, LENGTH).varint(3, 1 + random.nextInt(4)).raw((byte) -1, (byte) 8, (byte) 10);
            case 3 -> out.tag(number, FIXED32).fixed32(random.nextInt());
            case 4 -> out.tag(1 + random.nextInt(3), FIXED64).fixed64(random.nextLong());
            default -> {
                out.tag(number, START_GROUP);
                if (depth > 0) {
                    times(3, () -> unknown(out, depth - 1));
                }
                out.tag(number, END_GROUP);
            }
        }
    }

    private void times(int most, Runnable action) {
        int count = random.nextInt(most + 1);
        for (int i = 0; i < count; i++) {
            action.run();
        }
    }
}
