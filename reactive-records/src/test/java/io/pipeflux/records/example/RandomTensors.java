package io.pipeflux.records.example;

import static io.pipeflux.records.example.WireReader.FIXED64;
import static io.pipeflux.records.example.WireReader.VARINT;

import java.util.Random;

/** Makes legal serialized Records of SageMaker in all ways in which protobuf lets one write them. */
final class RandomTensors {

    private final Random random;
    private final RandomExamples examples;

    RandomTensors(long seed) {
        this.random = new Random(~seed);
        this.examples = new RandomExamples(seed);
    }

    byte[] next() {
        return WireWriter.message(out -> examples.times(6, () -> {
            examples.unknown(out);
            out.message(1 + random.nextInt(2), entry -> examples.entry(entry, this::value));
            if (random.nextInt(4) == 0) {
                out.string(3 + random.nextInt(3), "uid, metadata or configuration");
            }
        }));
    }

    private void value(WireWriter out) {
        examples.unknownFrom(out, 10);
        switch (random.nextInt(5)) {
            case 0 -> out.message(2, this::sparse);
            case 1 -> out.message(2, tensor -> dense(tensor, () -> examples.floatList(tensor)));
            case 2 -> out.message(3, tensor -> dense(tensor, () -> doubles(tensor)));
            case 3 -> out.message(7, tensor -> dense(tensor, () -> examples.int64List(tensor)));
            default ->
                out.message(9, bytes -> {
                    examples.bytesList(bytes);
                    bytes.string(2, "image/jpeg");
                });
        }
        examples.unknownFrom(out, 10);
    }

    private void dense(WireWriter out, Runnable values) {
        values.run();
        if (random.nextInt(4) == 0) {
            out.message(3, shape -> shape.varint(random.nextInt(4)).varint(random.nextInt(4)));
        }
        if (random.nextInt(8) == 0) {
            out.tag(2, VARINT).varint(random.nextLong());
        }
        values.run();
    }

    private void doubles(WireWriter out) {
        examples.times(3, () -> {
            if (random.nextBoolean()) {
                out.message(1, packed -> examples.times(10, () -> packed.fixed64(random.nextLong())));
            } else {
                out.tag(1, FIXED64).fixed64(random.nextLong());
            }
        });
    }

    /** Mostly as it should be: as many keys as values, in the shape. */
    private void sparse(WireWriter out) {
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            out.tag(2, VARINT).varint(random.nextInt(random.nextInt(8) == 0 ? 16 : 12));
            out.message(1, packed -> packed.fixed32(random.nextInt()));
        }
        out.message(3, shape -> shape.varint(3).varint(4));
    }
}
