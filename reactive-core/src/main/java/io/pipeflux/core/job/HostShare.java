package io.pipeflux.core.job;

import io.pipeflux.core.internal.KeyText;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The share of a channel that one process of a job reads: {@code channel.shard(share.count(), share.index())}.
 *
 * <p>The program that starts the processes of a job passes each process its number and the number of processes, in
 * environment variables. A missing number is an error. Two variables that contradict each other are also an error. The
 * error's message names the variables.
 *
 * @param count the number of shares, at least 1
 * @param index the number of this process's share, from 0 to {@code count - 1}
 */
public record HostShare(int count, int index) {

    private static final Pattern DIGITS = Pattern.compile("[0-9]+");
    private static final String KUBERNETES = "JOB_COMPLETION_INDEX";

    /**
     * The environment variables that a program sets when it starts processes. In each row, the first variable contains
     * the index of the process, and the second one contains the number of processes.
     */
    private static final String[][] STARTERS = {
        {"RANK", "WORLD_SIZE"}, // torchrun
        {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, // Open MPI
        {"PMI_RANK", "PMI_SIZE"}, // MPICH and others
    };

    public HostShare {
        if (count < 1) {
            throw new IllegalArgumentException("expected count >= 1, but got " + count);
        }
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("expected an index from 0 to " + (count - 1) + ", but got " + index);
        }
    }

    /** Returns the share of the current host among all hosts of a job, according to SageMaker's configuration. */
    public static HostShare of(ResourceConfig config) {
        return new HostShare(config.hosts().size(), config.index());
    }

    /**
     * Returns this process's share according to its environment. Reads the variables of torchrun ({@code RANK} and
     * {@code WORLD_SIZE}), Open MPI ({@code OMPI_COMM_WORLD_RANK} and {@code OMPI_COMM_WORLD_SIZE}) or MPICH
     * ({@code PMI_RANK} and {@code PMI_SIZE}).
     *
     * @throws IllegalStateException if none of these variables is set, if a variable is set without its counterpart, if
     *     a value is not a number or is out of range, or if two variables contradict each other
     */
    public static HostShare fromEnvironment() {
        return from(System.getenv(), null);
    }

    /**
     * Returns this process's share among the given number of processes. Reads the variables of {@link
     * #fromEnvironment()}, or {@code JOB_COMPLETION_INDEX}, which Kubernetes sets in an indexed job. The count must be
     * given, because Kubernetes does not state it.
     *
     * @param count the number of processes, such as the job's {@code completions}
     * @throws IllegalStateException in the same cases as {@link #fromEnvironment()}, and also if a variable contradicts
     *     the count
     */
    public static HostShare fromEnvironment(int count) {
        return from(System.getenv(), count);
    }

    /** @param count the number of processes, or null if the environment must state it */
    static HostShare from(Map<String, String> environment, @Nullable Integer count) {
        if (count != null && count < 1) {
            throw new IllegalArgumentException("expected count >= 1, but got " + count);
        }
        HostShare found = null;
        String by = "";
        for (String[] names : STARTERS) {
            HostShare share = starter(environment, names[0], names[1]);
            if (share == null) {
                continue;
            }
            String text = text(environment, names[0]) + " and " + text(environment, names[1]);
            if (found != null && !found.equals(share)) {
                throw contradiction(by, text);
            }
            found = share;
            by = text;
        }
        if (found != null && count != null && found.count != count) {
            throw contradiction(by, "a count of " + count);
        }
        if (found != null && count == null) {
            return found; // ignores JOB_COMPLETION_INDEX, which may count pods that run several processes each
        }
        return kubernetes(environment, count, found, by);
    }

    private static HostShare kubernetes(
            Map<String, String> environment, @Nullable Integer count, @Nullable HostShare found, String by) {
        boolean set = environment.containsKey(KUBERNETES);
        if (!set && found != null) {
            return found;
        }
        if (!set) {
            throw new IllegalStateException("expected this process's share in the environment, by RANK and WORLD_SIZE,"
                    + " OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE, PMI_RANK and PMI_SIZE, or"
                    + " JOB_COMPLETION_INDEX and a given count, but none of them is set: start it with torchrun, MPI or"
                    + " an indexed job, or give the share explicitly");
        }
        if (count == null) {
            throw new IllegalStateException(text(environment, KUBERNETES) + " states no count: call"
                    + " HostShare.fromEnvironment(count) with the job's completions");
        }
        int index = number(environment, KUBERNETES, 0);
        if (index >= count) {
            throw new IllegalStateException("expected " + KUBERNETES + " from 0 to " + (count - 1)
                    + ", because the given count is " + count + ", but got " + text(environment, KUBERNETES));
        }
        if (found != null && found.index != index) {
            throw contradiction(by, text(environment, KUBERNETES) + " of a count of " + count);
        }
        return new HostShare(count, index);
    }

    private static @Nullable HostShare starter(Map<String, String> environment, String rank, String size) {
        boolean hasRank = environment.containsKey(rank);
        boolean hasSize = environment.containsKey(size);
        if (!hasRank && !hasSize) {
            return null;
        }
        if (!hasRank || !hasSize) {
            throw new IllegalStateException(
                    "expected both " + rank + " and " + size + " in the environment, but got only "
                            + text(environment, hasRank ? rank : size) + ": set the other one, or unset it");
        }
        int count = number(environment, size, 1);
        int index = number(environment, rank, 0);
        if (index >= count) {
            throw new IllegalStateException("expected " + rank + " from 0 to " + (count - 1) + ", because "
                    + text(environment, size) + ", but got " + text(environment, rank));
        }
        return new HostShare(count, index);
    }

    private static int number(Map<String, String> environment, String name, int least) {
        String value = environment.getOrDefault(name, "");
        NumberFormatException tooLarge = null;
        // parseInt alone is not enough, because it also accepts signs and digits of other scripts
        if (DIGITS.matcher(value).matches()) {
            try {
                int number = Integer.parseInt(value);
                if (number >= least) {
                    return number;
                }
            } catch (NumberFormatException e) {
                tooLarge = e;
            }
        }
        throw new IllegalStateException(
                "expected a number >= " + least + " of the digits 0 to 9, but got " + text(environment, name),
                tooLarge);
    }

    private static IllegalStateException contradiction(String one, String other) {
        return new IllegalStateException("expected one share in the environment, but got two: " + one + " and " + other
                + " contradict each other" + ": unset the variables of the program that has not started this process");
    }

    private static String text(Map<String, String> environment, String name) {
        return name + "=" + KeyText.quoted(KeyText.cut(environment.getOrDefault(name, ""), 60));
    }
}
