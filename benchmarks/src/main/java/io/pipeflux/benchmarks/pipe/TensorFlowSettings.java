package io.pipeflux.benchmarks.pipe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Finds TensorFlow's fastest setting for a data set by trying all settings. */
final class TensorFlowSettings {

    private static final List<String> SETTINGS = List.of("1024x2", "1024x1", "64x2", "64x1");
    private static final String NATIVES = "org/tensorflow/internal/c_api/linux-x86_64/libtensorflow_cc.so.2";
    private static final double HOPELESS = 0.5;

    private TensorFlowSettings() {}

    /** Returns whether TensorFlow's native library is on the class path. */
    static boolean available() {
        return TensorFlowSettings.class.getClassLoader().getResource(NATIVES) != null;
    }

    /**
     * Returns the options for a JVM in which TensorFlow reads with the given setting. A setting such as {@code 1024x2}
     * consists of the number of rows per batch and the number of threads.
     */
    static List<String> jvmOptions(String setting) {
        return List.of(
                "-D" + TensorFlow.SETTING + "=" + setting,
                "-Dorg.bytedeco.javacpp.cachedir="
                        + Path.of(System.getProperty("java.io.tmpdir"), "pipeflux-tensorflow"));
    }

    /**
     * Returns the fastest setting, and prints the rate of each setting. If the first pass of a setting reaches less
     * than half of the best rate, the setting is not tried again.
     *
     * @param passes the number of passes with each setting, or 0 to return the first setting without trying any
     */
    static String best(String set, Path file, int passes) throws IOException, InterruptedException {
        String best = SETTINGS.get(0);
        if (passes == 0) {
            return best;
        }
        double most = 0;
        StringBuilder figures = new StringBuilder();
        for (String setting : SETTINGS) {
            try (SideProcess process =
                    SideProcess.start(PipelineSide.TENSORFLOW, set, From.FILE, file, null, jvmOptions(setting))) {
                double fastest = process.pass(false).gigabytesPerSecond(); // the first pass only warms up
                for (int i = 0; i < passes && fastest > HOPELESS * most; i++) {
                    double rate = process.pass(false).gigabytesPerSecond();
                    fastest = i == 0 ? rate : Math.max(fastest, rate);
                }
                figures.append(String.format(Locale.ROOT, " %s: %.3f", setting, fastest));
                if (fastest > most) {
                    most = fastest;
                    best = setting;
                }
            }
        }
        System.err.println("TensorFlow, " + set + ", GB/s by rows of a batch and threads:" + figures);
        return best;
    }
}
