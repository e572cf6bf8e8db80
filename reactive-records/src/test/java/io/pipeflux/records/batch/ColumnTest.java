package io.pipeflux.records.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipeflux.core.Position;
import io.pipeflux.core.ResumePoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnTest {

    private static final Column DOUBLES =
            numbers("data", DType.FLOAT64, bytes(16).putDouble(1.5).putDouble(-2));
    private static final Column FLOATS =
            numbers("f", DType.FLOAT32, bytes(8).putFloat(1.5f).putFloat(-2));
    private static final Column INTS =
            numbers("i", DType.INT32, bytes(8).putInt(1).putInt(-2));
    private static final Column LONGS =
            numbers("l", DType.INT64, bytes(16).putLong(1).putLong(-2));
    private static final Column UINT8 =
            numbers("u", DType.UINT8, bytes(2).put((byte) 1).put((byte) 254));
    private static final Column TEXT = Column.ofBytes(
            "t",
            new int[] {3},
            bytes(16).putInt(0).putInt(5).putInt(5).putInt(8).flip(),
            StandardCharsets.UTF_8.encode("helloxyz"));

    @Test
    void numbersAreSeenAsTheirType() {
        assertThat(DOUBLES.asDoubleBuffer().get(1)).isEqualTo(-2);
        assertThat(FLOATS.asFloatBuffer().get(0)).isEqualTo(1.5f);
        assertThat(INTS.asIntBuffer().get(1)).isEqualTo(-2);
        assertThat(LONGS.asLongBuffer().get(1)).isEqualTo(-2);
        assertThat(UINT8.values().get(1)).isEqualTo((byte) 254);
        assertThat(DOUBLES.values().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void numbersAreCopiedToTheBeginningOfAnArray() {
        double[] doubles = new double[3];
        DOUBLES.copyTo(doubles);
        assertThat(doubles).containsExactly(1.5, -2, 0);
        float[] floats = new float[2];
        FLOATS.copyTo(floats);
        assertThat(floats).containsExactly(1.5f, -2);
        int[] ints = new int[2];
        INTS.copyTo(ints);
        assertThat(ints).containsExactly(1, -2);
        long[] longs = new long[2];
        LONGS.copyTo(longs);
        assertThat(longs).containsExactly(1, -2);
        byte[] uint8 = new byte[2];
        UINT8.copyTo(uint8);
        assertThat(uint8).containsExactly(1, -2);

        assertThatThrownBy(() -> DOUBLES.copyTo(new double[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected room for the 2 values of column \"data\", but got an array of 1");
    }

    @Test
    void numbersOfEveryTypeAreCopiedWithTheirSigns() {
        Column int8 = numbers("x", DType.INT8, bytes(2).put((byte) 1).put((byte) -2));
        Column int16 = numbers("x", DType.INT16, bytes(4).putShort((short) 1).putShort((short) -2));
        Column uint16 = numbers("x", DType.UINT16, bytes(4).putShort((short) 1).putShort((short) -2));
        Column uint32 = numbers("x", DType.UINT32, bytes(8).putInt(1).putInt(-2));
        Column half =
                numbers("x", DType.FLOAT16, bytes(4).putShort((short) 0x3E00).putShort((short) 0xC000));
        Column brain =
                numbers("x", DType.BFLOAT16, bytes(4).putShort((short) 0x3FC0).putShort((short) 0xC000));
        Column bool = numbers("x", DType.BOOL, bytes(2).put((byte) 1).put((byte) 0));

        assertCopied(int8, 1, -2);
        assertCopied(UINT8, 1, 254);
        assertCopied(int16, 1, -2);
        assertCopied(uint16, 1, 65534);
        assertCopied(INTS, 1, -2);
        assertCopied(uint32, 1, 4294967294.0);
        assertCopied(LONGS, 1, -2);
        assertCopied(half, 1.5, -2);
        assertCopied(brain, 1.5, -2);
        assertCopied(FLOATS, 1.5, -2);
        assertCopied(DOUBLES, 1.5, -2);
        assertCopied(bool, 1, 0);

        assertThat(int16.asShortBuffer().get(1)).isEqualTo((short) -2);
        assertThat(half.asShortBuffer().get(0)).isEqualTo((short) 0x3E00);
        assertThat(uint32.asIntBuffer().get(1)).isEqualTo(-2);
        assertThat(half.values().remaining()).isEqualTo(4);
        byte[] bools = new byte[2];
        bool.copyTo(bools);
        assertThat(bools).containsExactly(1, 0);

        assertThatThrownBy(() -> uint32.copyTo(new int[2]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("column \"x\" has values of UINT32, not INT32");
        assertThatThrownBy(() -> FLOATS.copyTo(new long[2])).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> TEXT.copyTo(new float[3])).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> TEXT.copyTo(new double[3])).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(LONGS::asShortBuffer).isInstanceOf(IllegalStateException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> int8.copyTo(new float[1]));
    }

    private static void assertCopied(Column column, double first, double second) {
        double[] doubles = new double[3];
        column.copyTo(doubles);
        assertThat(doubles).containsExactly(first, second, 0);
        float[] floats = new float[2];
        column.copyTo(floats);
        assertThat(floats).containsExactly((float) first, (float) second);
        if (first != (long) first) {
            return;
        }
        long[] longs = new long[2];
        column.copyTo(longs);
        assertThat(longs).containsExactly((long) first, (long) second);
        if (column.dtype() != DType.UINT32 && column.dtype() != DType.INT64) {
            int[] ints = new int[2];
            column.copyTo(ints);
            assertThat(ints).containsExactly((int) first, (int) second);
        }
    }

    @Test
    void halvesAreTheFloatsTheyStandFor() {
        short[] bits = {0, (short) 0x8000, 1, (short) 0x83FF, 0x0400, 0x3555, 0x7BFF, 0x7C00, (short) 0xFC00, 0x7E01};
        ByteBuffer values = bytes(bits.length * Short.BYTES);
        values.asShortBuffer().put(bits);
        Column halves = Column.of("h", DType.FLOAT16, new int[] {bits.length}, values);
        float[] floats = new float[bits.length];

        halves.copyTo(floats);

        assertThat(floats)
                .containsExactly(
                        0f,
                        -0f,
                        0x1p-24f,
                        -1023 * 0x1p-24f,
                        0x1p-14f,
                        1365 * 0x1p-12f,
                        65504f,
                        Float.POSITIVE_INFINITY,
                        Float.NEGATIVE_INFINITY,
                        Float.NaN);
        assertThat(Float.floatToRawIntBits(floats[1])).isEqualTo(0x8000_0000);
        assertThat(Float.floatToRawIntBits(floats[9])).isEqualTo(0x7FC0_2000);
    }

    @Test
    void longsAreRoundedToFloatsOnce() {
        long between = (1L << 54) + (1L << 30) + 1; // rounded to a double first, it would be rounded down then
        float[] floats = new float[2];

        numbers("l", DType.INT64, bytes(16).putLong(between).putLong(-between)).copyTo(floats);

        assertThat(floats).containsExactly((float) between, (float) -between);
        assertThat(floats[0]).isNotEqualTo((float) (double) between);
    }

    @Test
    void boolsAreZeroOrOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> numbers("b", DType.BOOL, bytes(2).put((byte) 1).put((byte) 2)))
                .withMessage("b BOOL[2]: expected 0 or 1 as value 1, but got 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Column.ragged("b", DType.BOOL, ints(0, 1), bytes(1).put(0, (byte) -1)));
    }

    @Test
    void textIsValidUtf8() {
        Column text = Column.ofBytes("t", new int[] {2}, ints(0, 2, 3), StandardCharsets.UTF_8.encode("\u00e4x"));
        Column utf8 = text.asUtf8();

        assertThat(utf8.dtype()).isEqualTo(DType.UTF8);
        assertThat(utf8.string(0)).isEqualTo("\u00e4");
        assertThat(utf8.bytes(1)).isEqualTo(StandardCharsets.UTF_8.encode("x"));
        assertThat(utf8.asUtf8()).isSameAs(utf8);
        assertThat(utf8).isEqualTo(text.asUtf8()).isNotEqualTo(text).hasToString("t UTF8[2]");
        assertThatThrownBy(() -> text.string(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("column \"t\" has values of BYTES, not UTF8");
        assertThatThrownBy(() -> Column.of("t", DType.UTF8, new int[] {0}, bytes(0)))
                .hasMessage("t: UTF8 need offsets");
        Column halves = Column.raggedBytes("t", ints(0, 2), ints(0, 1, 2), StandardCharsets.UTF_8.encode("\u00e4"));
        assertThatIllegalArgumentException()
                .isThrownBy(halves::asUtf8)
                .withMessage("t BYTES[1, -1]: expected valid UTF-8 as value 0, but got other bytes");
        assertThatThrownBy(LONGS::asUtf8).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void byteStringsLieBetweenTheirOffsets() {
        assertThat(TEXT.bytes(0)).isEqualTo(StandardCharsets.UTF_8.encode("hello"));
        assertThat(TEXT.bytes(1).remaining()).isZero();
        assertThat(TEXT.bytes(2)).isEqualTo(StandardCharsets.UTF_8.encode("xyz"));
        assertThat(TEXT.offsets().get(3)).isEqualTo(8);
        assertThatThrownBy(() -> TEXT.bytes(3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void viewsDoNotDisturbOneAnother() {
        TEXT.values().get();
        DOUBLES.values().get();
        DOUBLES.asDoubleBuffer().get();
        TEXT.offsets().get();

        assertThat(TEXT.values().remaining()).isEqualTo(8);
        assertThat(TEXT.offsets().remaining()).isEqualTo(4);
        assertThat(DOUBLES.values().position()).isZero();
        assertThat(DOUBLES.asDoubleBuffer().remaining()).isEqualTo(2);
    }

    @Test
    void directMemoryServesAsWell() {
        ByteBuffer direct = ByteBuffer.allocateDirect(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, 3)
                .putLong(8, 4);
        long[] values = new long[2];
        Column.of("l", DType.INT64, new int[] {2}, direct).copyTo(values);
        assertThat(values).containsExactly(3, 4);
    }

    @Test
    void anotherTypeIsRefusedByName() {
        assertThatThrownBy(DOUBLES::asFloatBuffer)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("column \"data\" has values of FLOAT64, not FLOAT32");
        assertThatThrownBy(() -> DOUBLES.bytes(0)).hasMessage("column \"data\" has values of FLOAT64, not BYTES");
        assertThatThrownBy(DOUBLES::offsets).hasMessage("column \"data\" has values of FLOAT64, not BYTES");
        assertThatThrownBy(() -> TEXT.copyTo(new long[3])).hasMessage("column \"t\" has values of BYTES, not INT64");
        assertThatThrownBy(() -> LONGS.copyTo(new byte[2])).hasMessage("column \"l\" has values of INT64, not UINT8");
    }

    @Test
    void memoryThatDoesNotFitTheShapeIsRefused() {
        assertThatThrownBy(() -> Column.of("x", DType.INT64, new int[] {2, 2}, bytes(31)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("x INT64[2, 2]: expected 32 bytes of values, but got 31");
        assertThatThrownBy(() -> Column.of("x", DType.BYTES, new int[] {0}, bytes(0)))
                .hasMessage("x: BYTES need offsets");
        assertThatThrownBy(() -> Column.of("x", DType.UINT8, new int[] {}, bytes(1)))
                .hasMessageContaining("[]");
        assertThatThrownBy(() -> Column.of("x", DType.UINT8, new int[] {-1}, bytes(0)))
                .hasMessageContaining("[-1]");
        assertThatThrownBy(() -> Column.of("x", DType.UINT8, new int[] {1 << 20, 1 << 20}, bytes(0)))
                .hasMessageContaining("[1048576, 1048576]");
        assertThatThrownBy(() -> Column.ofBytes("x", new int[] {1}, bytes(4), bytes(0)))
                .hasMessageContaining("8 bytes of offsets");
        assertThatThrownBy(() -> Column.ofBytes("x", new int[] {1}, bytes(8).putInt(4, 2), bytes(1)))
                .hasMessage("x: expected offset 1 from 0 to 1, but got 2");
        assertThatThrownBy(() -> Column.ofBytes("x", new int[] {1}, bytes(8).putInt(0, -1), bytes(1)))
                .hasMessage("x: expected offset 0 from 0 to 1, but got -1");
    }

    @Test
    void raggedRowsLieBetweenTheirSplits() {
        Column numbers =
                Column.ragged("r", DType.INT64, ints(0, 2, 2, 3), bytes(24).putLong(16, 7));

        assertThat(numbers.isRagged()).isTrue();
        assertThat(numbers.rows()).isEqualTo(3);
        assertThat(numbers.size()).isEqualTo(3);
        assertThat(numbers.shape()).containsExactly(3, -1);
        assertThat(numbers.rowSplits().get(3)).isEqualTo(3);
        assertThat(numbers.asLongBuffer().get(2)).isEqualTo(7);
        assertThat(numbers).hasToString("r INT64[3, -1]");

        Column texts = Column.raggedBytes("t", ints(0, 0, 2), ints(0, 1, 3), StandardCharsets.UTF_8.encode("abc"));
        assertThat(texts.rows()).isEqualTo(2);
        assertThat(texts.rowSplits().get(1)).isZero();
        assertThat(texts.bytes(1)).isEqualTo(StandardCharsets.UTF_8.encode("bc"));

        Column none = Column.ragged("n", DType.FLOAT32, ints(0), bytes(0));
        assertThat(none.rows()).isZero();
        assertThat(LONGS.isRagged()).isFalse();
        assertThatThrownBy(LONGS::rowSplits)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("column \"l INT64[2]\" is not ragged");
    }

    @Test
    void listsInARowLieBetweenTheSplitsOfTwoLevels() {
        Column column = Column.ragged("r", DType.UINT8, List.of(ints(0, 2, 3), ints(0, 2, 2, 3)), bytes(3));

        assertThat(column).hasToString("r UINT8[2, -1, -1]");
        assertThat(column.isRagged()).isTrue();
        assertThat(column.size()).isEqualTo(3);
        assertThat(column.rowSplits(1).get(3)).isEqualTo(3);
        assertThat(column)
                .isEqualTo(Column.ragged("r", DType.UINT8, List.of(ints(0, 2, 3), ints(0, 2, 2, 3)), bytes(3)))
                .isNotEqualTo(Column.ragged("r", DType.UINT8, List.of(ints(0, 1, 3), ints(0, 2, 2, 3)), bytes(3)));
        assertThatThrownBy(column::rowSplits).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> column.rowSplits(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> LONGS.rowSplits(0)).isInstanceOf(IllegalStateException.class);
        Column texts = Column.raggedBytes(
                "t", List.of(ints(0, 1), ints(0, 2)), ints(0, 1, 2), StandardCharsets.UTF_8.encode("ab"));
        assertThat(texts.asUtf8()).hasToString("t UTF8[1, -1, -1]");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Column.ragged("r", DType.UINT8, List.of(ints(0, 2), ints(0, 2)), bytes(2)))
                .withMessage(
                        "r: expected row splits of 2 lists, like the end of the previous level's splits, but got 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Column.ragged("r", DType.UINT8, List.of(), bytes(2)))
                .withMessage("r: expected row splits of at least one level, but got none");
    }

    @Test
    void splitsThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> Column.ragged("x", DType.UINT8, ints(0, 2), bytes(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("x UINT8[1, -1]: expected 2 bytes of values, but got 3");
        assertThatThrownBy(() -> Column.ragged("x", DType.UINT8, ints(0, 2, 1), bytes(1)))
                .hasMessage("x: expected row split 2 from 2 to 2147483647, but got 1");
        assertThatThrownBy(() -> Column.ragged("x", DType.UINT8, ints(1, 2), bytes(2)))
                .hasMessage("x: expected row splits that begin with 0, but got 1");
        assertThatThrownBy(() -> Column.ragged("x", DType.UINT8, ints(), bytes(0)))
                .hasMessage("x: expected row splits that begin with 0, but got none");
        assertThatThrownBy(() -> Column.ragged("x", DType.UINT8, bytes(5), bytes(0)))
                .hasMessage("x: expected a multiple of 4 bytes of row splits, but got 5");
        assertThatThrownBy(() -> Column.ragged("x", DType.BYTES, ints(0), bytes(0)))
                .hasMessage("x: BYTES need offsets");
        assertThatThrownBy(() -> Column.raggedBytes("x", ints(0, 2), ints(0, 0), bytes(0)))
                .hasMessage("x BYTES[1, -1]: expected 12 bytes of offsets, but got 8");
        assertThatThrownBy(() -> Column.raggedBytes("x", ints(0, 1), ints(0, 2), bytes(1)))
                .hasMessage("x: expected offset 1 from 0 to 1, but got 2");
    }

    @Test
    void equalityIsOfContentNotOfMemory() {
        Column same = Column.ofBytes("t", new int[] {3}, ints(1, 6, 6, 9), StandardCharsets.UTF_8.encode("-helloxyz-"));
        assertThat(same).isEqualTo(TEXT).hasSameHashCodeAs(TEXT);
        assertThat(TEXT)
                .isNotEqualTo(Column.ofBytes(
                        "t", new int[] {3}, ints(0, 5, 6, 8), StandardCharsets.UTF_8.encode("helloxyz")));
        assertThat(LONGS)
                .isEqualTo(numbers("l", DType.INT64, bytes(16).putLong(1).putLong(-2)))
                .isNotEqualTo(numbers("l", DType.INT64, bytes(16).putLong(1).putLong(-3)))
                .isNotEqualTo(numbers("m", DType.INT64, bytes(16).putLong(1).putLong(-2)))
                .isNotEqualTo(numbers("l", DType.FLOAT64, bytes(16).putLong(1).putLong(-2)));
        Column ragged = Column.ragged("r", DType.UINT8, ints(0, 1, 3), bytes(3));
        assertThat(ragged)
                .isEqualTo(Column.ragged("r", DType.UINT8, ints(0, 1, 3), bytes(3)))
                .isNotEqualTo(Column.ragged("r", DType.UINT8, ints(0, 2, 3), bytes(3)));

        ColumnBatch batch = ColumnBatch.of(List.of(DOUBLES, LONGS), ResumePoint.START, 1);
        assertThat(batch)
                .isEqualTo(ColumnBatch.of(List.of(DOUBLES, LONGS), ResumePoint.START, 1))
                .hasSameHashCodeAs(ColumnBatch.of(List.of(DOUBLES, LONGS), ResumePoint.START, 1))
                .isNotEqualTo(ColumnBatch.of(List.of(DOUBLES, LONGS), ResumePoint.START))
                .isNotEqualTo(ColumnBatch.of(List.of(LONGS, DOUBLES), ResumePoint.START, 1));
    }

    @Test
    void aBatchSaysHowManyOfItsRowsArePadding() {
        ColumnBatch batch = ColumnBatch.of(List.of(LONGS), ResumePoint.START, 1);

        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.paddedRows()).isEqualTo(1);
        assertThat(batch).asString().startsWith("ColumnBatch[2 rows, 1 padded: l INT64[2]");
        assertThat(ColumnBatch.of(List.of(LONGS), ResumePoint.START).paddedRows())
                .isZero();
        assertThatThrownBy(() -> ColumnBatch.of(List.of(LONGS), ResumePoint.START, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected from 0 to 2 padded rows, but got 3");
    }

    @Test
    void aBatchKnowsItsColumnsByName() {
        ResumePoint next = new ResumePoint(new Position(1, 2, 3, 4), 0);
        ColumnBatch batch = ColumnBatch.of(List.of(DOUBLES, LONGS), next);

        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.names()).containsExactly("data", "l");
        assertThat(batch.column("data")).isSameAs(DOUBLES);
        assertThat(batch.resumeAt()).isEqualTo(next);
        assertThat(batch)
                .hasToString("ColumnBatch[2 rows: data FLOAT64[2], l INT64[2];"
                        + " next epoch 1, object 2, byte 3, record 4]");
        assertThatThrownBy(() -> batch.column("labels"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no column \"labels\", but there are [data, l]");
    }

    @Test
    void aBatchHasColumnsOfOneLengthAndDifferentNames() {
        assertThatThrownBy(() -> ColumnBatch.of(List.of(DOUBLES, TEXT), ResumePoint.START))
                .hasMessage("expected columns of 2 rows like the first column, but got t BYTES[3]");
        assertThatThrownBy(() -> ColumnBatch.of(List.of(DOUBLES, DOUBLES), ResumePoint.START))
                .hasMessage("two columns have the name \"data\"");
        assertThatThrownBy(() -> ColumnBatch.of(List.of(), ResumePoint.START))
                .hasMessage("a batch has at least one column");
    }

    private static Column numbers(String name, DType dtype, ByteBuffer values) {
        return Column.of(name, dtype, new int[] {2}, values.flip());
    }

    private static ByteBuffer ints(int... values) {
        ByteBuffer bytes = bytes(values.length * Integer.BYTES);
        bytes.asIntBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void halfASurrogatePairIsNoName() {
        ByteBuffer values = ByteBuffer.allocate(8);

        assertThatIllegalArgumentException().isThrownBy(() -> Column.of("\ud800", DType.INT64, new int[] {1}, values));
    }
}
