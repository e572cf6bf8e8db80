package io.pipeflux.records.csv;

import io.pipeflux.records.batch.Column;
import io.pipeflux.records.internal.BatchMemory;
import java.nio.ByteBuffer;

/**
 * Builds a boolean column. A value is the text {@code true} or {@code false} (in upper or lower case), {@code 1} or
 * {@code 0}.
 */
final class BoolColumn extends CsvColumn {

    private static final String TRUE = "true";
    private static final String FALSE = "false";
    // the difference between a lower-case letter and its upper-case letter
    private static final int UPPER_CASE = 'a' - 'A';

    private final ByteBuffer values;

    BoolColumn(CsvField field, int rows, BatchMemory memory) {
        super(field, rows, memory);
        this.values = allocateNumbers();
    }

    @Override
    boolean value(int row, byte[] text, int begin, int end) {
        int from = begin;
        int to = end;
        while (from < to && isSpace(text[from])) {
            from++;
        }
        while (to > from && isSpace(text[to - 1])) {
            to--;
        }
        boolean isTrue = isWord(TRUE, text, from, to) || isWord("1", text, from, to);
        if (!isTrue && !isWord(FALSE, text, from, to) && !isWord("0", text, from, to)) {
            return false;
        }
        values.put(row, (byte) (isTrue ? 1 : 0));
        return true;
    }

    private static boolean isWord(String word, byte[] text, int from, int to) {
        boolean same = to - from == word.length();
        for (int i = 0; same && i < word.length(); i++) {
            int c = word.charAt(i);
            same = text[from + i] == c || (c >= 'a' && text[from + i] == c - UPPER_CASE);
        }
        return same;
    }

    @Override
    void fill(int row) {
        values.put(row, (byte) field.integer());
    }

    @Override
    Column finish() {
        return Column.of(field.name(), field.dtype(), new int[] {rows}, values);
    }
}
