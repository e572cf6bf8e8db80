package io.pipeflux.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pipeflux.s3.test.S3Server;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Objects are read in parts of any size and pieces of any length, and were uploaded in parts of whole MiB. */
class ObjectSumsTest {

    private static final int MIB = SumCells.GRID;
    private static final int CASES = Integer.getInteger("pipeflux.cases", 40);
    private static final SumKind[] KINDS = {SumKind.CRC32, SumKind.CRC32C};

    @Test
    void theSumsBetweenWholeMiBAreThoseOfTheirBytes() {
        byte[] bytes = S3Server.bytes(6 * MIB, 1);
        for (int seed = 1; seed <= CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            SumKind kind = KINDS[random.nextInt(KINDS.length)];
            byte[] object = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
            ObjectSums sums = read(object, kind, random);
            assertThat(sums.length()).isEqualTo(object.length);
            assertThat(sums.sum()).as("seed %s", seed).isEqualTo(kind.sum(object));
            int from = random.nextInt(object.length / MIB + 1) * MIB;
            int to = random.nextBoolean() ? object.length : from + (object.length - from) / MIB * MIB;
            assertThat(sums.between(from, to))
                    .as("seed %s", seed)
                    .isEqualTo(kind.sum(Arrays.copyOfRange(object, from, to)));
            int part = MIB * (1 + random.nextInt(6));
            int parts = (object.length + part - 1) / part;
            byte[] composite = composite(object, kind, part);
            assertThat(sums.isComposite(composite, parts)).as("seed %s", seed).isTrue();
            assertThat(sums.isComposite(composite, parts + 1))
                    .as("seed %s", seed)
                    .isFalse();
            composite[0] ^= 1;
            assertThat(sums.isComposite(composite, parts)).as("seed %s", seed).isFalse();
        }
    }

    private static ObjectSums read(byte[] object, SumKind kind, SplittableRandom random) {
        TreeSet<Integer> cuts = new TreeSet<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            cuts.add(random.nextInt(object.length + 1));
        }
        cuts.add(object.length);
        ObjectChecksum checksum = new ObjectChecksum(S3ReadOptions.defaults());
        checksum.begin(false, new StatedChecksum(kind, "", 1, null), new StoreLimits());
        ObjectSums sums = new ObjectSums(kind);
        int from = 0;
        for (int to : cuts) {
            PartSums part = new PartSums(checksum, from);
            while (from < to) {
                int count = Math.min(to - from, 1 + random.nextInt(300_000));
                part.update(object, from, count);
                from += count;
            }
            part.sums().forEach(cells -> sums.add(cells, true));
        }
        return sums;
    }

    private static byte[] composite(byte[] object, SumKind kind, int part) {
        SumKind.Sum all = kind.start();
        for (int from = 0; from < object.length; from += part) {
            byte[] sum = kind.sum(Arrays.copyOfRange(object, from, Math.min(object.length, from + part)));
            all.update(sum, 0, sum.length);
        }
        return all.value();
    }
}
