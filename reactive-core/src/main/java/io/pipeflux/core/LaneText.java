package io.pipeflux.core;

import io.pipeflux.core.internal.Blocks;
import io.pipeflux.core.internal.KeyText;
import io.pipeflux.core.internal.Rest.Lane;
import io.pipeflux.core.internal.Rest.State;
import org.jspecify.annotations.Nullable;

/**
 * Converts a {@link Lane}, the place up to which a host has read its share, to a short string and back. Numbers are in
 * base 64 with the digits {@code A-Z a-z 0-9 - _}, the most significant digit first. The number 0 is the empty string.
 *
 * <pre>
 *   -                                    the host has read its whole share
 *   *                                    the host has read nothing
 *   !                                    the host's share has no objects
 *   object.offset.drop.id                the host has stopped at a record; these are fields of {@link Lane}
 *   object.offset.drop.id.row.more.span  the host has stopped inside a shuffled block:
 *                                        row = lane.number * block length + lane.seen
 * </pre>
 */
final class LaneText {

    private static final String DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final int BITS = 6;
    private static final int MAX_DIGITS = 11;

    private LaneText() {}

    static String write(Lane lane, @Nullable Blocks shuffle) {
        return switch (lane.state()) {
            case DONE -> "-";
            case UNREAD -> "*";
            case NONE -> "!";
            case AT -> {
                String text = digits(lane.object()) + "." + digits(lane.offset()) + "." + digits(lane.drop()) + "."
                        + digits(lane.id());
                yield lane.seen() == 0 || shuffle == null
                        ? text
                        : text + "." + digits(lane.number() * shuffle.block() + lane.seen()) + "." + digits(lane.more())
                                + "." + digits(lane.span());
            }
        };
    }

    static Lane read(String text, @Nullable Blocks shuffle) {
        return switch (text) {
            case "-" -> Lane.DONE;
            case "*" -> Lane.UNREAD;
            case "!" -> Lane.NONE;
            default -> at(text, shuffle);
        };
    }

    private static Lane at(String text, @Nullable Blocks shuffle) {
        String[] parts = text.split("\\.", -1);
        int block = parts.length == 7 && shuffle != null ? shuffle.block() : 0;
        if (parts.length != 4 && block == 0) {
            throw wrong(text);
        }
        long row = block > 0 ? natural(parts[4], text) : 0;
        return new Lane(
                State.AT,
                natural(parts[0], text),
                natural(parts[1], text),
                natural(parts[2], text),
                block > 0 ? row / block : 0,
                block > 0 ? (int) (row % block) : 0,
                block > 0 ? natural(parts[5], text) : 0,
                block > 0 ? number(parts[6], text) : 0,
                number(parts[3], text));
    }

    private static long natural(String digits, String text) {
        long value = number(digits, text);
        if (value < 0) {
            throw wrong(text);
        }
        return value;
    }

    private static long number(String digits, String text) {
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = DIGITS.indexOf(digits.charAt(i));
            if (digit < 0 || i == MAX_DIGITS) {
                throw wrong(text);
            }
            value = value << BITS | digit;
        }
        return value;
    }

    private static String digits(long value) {
        StringBuilder text = new StringBuilder();
        for (long left = value; left != 0; left >>>= BITS) {
            text.append(DIGITS.charAt((int) (left & (1 << BITS) - 1)));
        }
        return text.reverse().toString();
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException("expected the part that a host has read, such as \"*\" or \"B.A.A.x\","
                + " but got " + KeyText.quoted(KeyText.cut(text, 60)));
    }
}
