package io.pipeflux.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An additional result of a benchmark: the CPU time of the whole process, per element. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class ProcessorTime {

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private long began;
    private long elements;

    @Setup(Level.Iteration)
    public void begin() {
        began = SYSTEM.getProcessCpuTime();
        elements = 0;
    }

    void counted(long more) {
        elements += more;
    }

    /** Returns the CPU time per element. JMH calls this method after each iteration. */
    public double cpuNanos() {
        return elements == 0 ? 0 : (double) (SYSTEM.getProcessCpuTime() - began) / elements;
    }
}
