package io.pipeflux.samples.training.service;

import io.pipeflux.core.PipelineMonitor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The monitors of a run. Each channel has two: one for the agent, which reads the store and fills the pipes, and one
 * for the training, which reads the pipes or files. Their names are the values of the meters' tag {@code pipeline}.
 *
 * <pre>
 *   ID             channel train, the training's side
 *   ID/agent       channel train, the agent's side
 *   ID/eval        channel eval, the training's side
 *   ID/eval/agent  channel eval, the agent's side
 * </pre>
 */
final class JobMonitors {

    private final PipelineMonitor reader;
    private final PipelineMonitor agent;
    private final PipelineMonitor eval;
    private final PipelineMonitor evalAgent;
    private final List<PipelineMonitor> used = new ArrayList<>();

    JobMonitors(String id, JobRequest request) {
        reader = create(id);
        agent = create(id + "/agent");
        eval = create(id + "/eval");
        evalAgent = create(id + "/eval/agent");
        boolean pipes = request.mode() == JobRequest.Mode.pipe;
        used.add(reader);
        if (pipes) {
            used.add(agent);
        }
        if (request.eval() != null) {
            used.add(eval);
            if (pipes) {
                used.add(evalAgent);
            }
        }
    }

    /** Creates a monitor that logs no waits, because {@link LongWaits} adds them to the job's log. */
    private static PipelineMonitor create(String name) {
        return PipelineMonitor.create(name).logAfter(Duration.ZERO);
    }

    PipelineMonitor reader() {
        return reader;
    }

    PipelineMonitor agent() {
        return agent;
    }

    PipelineMonitor eval() {
        return eval;
    }

    PipelineMonitor evalAgent() {
        return evalAgent;
    }

    /**
     * Returns the monitors that this run uses. The agents' monitors are used only in pipe mode, and the monitors of the
     * channel {@code eval} only if the job has this channel.
     */
    List<PipelineMonitor> used() {
        return List.copyOf(used);
    }
}
