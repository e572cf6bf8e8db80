package io.pipeflux.core.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * What a part of a pipeline keeps in memory. A main class measures it in a JVM of its own, in which nothing else is
 * kept, and prints it. The JVM's heap is hardly larger than what may be kept, so more than that ends the JVM, too, if
 * it is kept for a moment only.
 */
public final class HeldMemory {

    /** The buffers through which Java reads and writes pipes. */
    private static final int DIRECT_MEBIBYTES = 2;

    private final long before = used();
    private long most;

    /** Begins to measure: what is in memory now does not count. */
    public HeldMemory() {}

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Measures what is kept now. The most of all measurements counts. */
    public void measure() {
        most = Math.max(most, used() - before);
    }

    /** Prints the result, for {@link #assertHeld}. */
    public void print() {
        System.out.println(ForkedJvm.ANSWER + most);
    }

    /**
     * Runs a main class, and asserts that it kept at most {@code bound} bytes, and at least half of that: otherwise it
     * would not have measured what it is meant to.
     *
     * @param roomMebibytes the size of the heap beyond the bound
     */
    public static void assertHeld(long bound, int roomMebibytes, Class<?> main, Object... arguments) throws Exception {
        int heap = (int) (bound >> 20) + 1 + roomMebibytes;
        try (ForkedJvm java = ForkedJvm.runWithin(heap, DIRECT_MEBIBYTES, main, arguments)) {
            List<String> said = java.readLines();
            String held = said.isEmpty() ? "" : said.get(said.size() - 1);
            assertThat(held).as(String.join("\n", said)).startsWith(ForkedJvm.ANSWER);
            System.out.println(List.of(arguments) + ": " + held.substring(ForkedJvm.ANSWER.length()) + " of " + bound
                    + " bytes held");
            assertThat(Long.parseLong(held.substring(ForkedJvm.ANSWER.length())))
                    .as("bytes held")
                    .isBetween(bound / 2, bound);
        }
    }
}
