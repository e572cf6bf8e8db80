package io.pipeflux.core.agent;

import java.util.Collection;
import java.util.List;

/**
 * The hosts of a job, as its trainers are told.
 *
 * @param current this one
 * @param all in the order of their names, as SageMaker has them: {@code algo-10} before {@code algo-2}
 */
record AgentHosts(String current, List<String> all) {

    /** A job on one host. */
    static final AgentHosts ONE = new AgentHosts("algo-1", List.of("algo-1"));

    static AgentHosts of(String current, Collection<String> all) {
        List<String> sorted = all.stream().distinct().sorted().toList();
        if (!sorted.contains(current)) {
            throw new IllegalArgumentException(
                    "one of the hosts " + sorted + " required as the current one but it was '" + current + "'");
        }
        return new AgentHosts(current, sorted);
    }
}
