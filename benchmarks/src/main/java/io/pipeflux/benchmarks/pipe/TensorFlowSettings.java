package io.pipeflux.benchmarks.pipe;

import io.pipeflux.benchmarks.pipe.Reader.PassResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Finds TensorFlow's best setting for a set, by trying each. */
final class TensorFlowSettings {

    private static final List<String> SETTINGS = List.of("64x1", "64x2", "1024x1", "1024x2");
    private static final String NATIVES = "org/tensorflow/internal/c_api/linux-x86_64/libtensorflow_cc.so.2";
    private static final int WARM_UP = 1;

    private TensorFlowSettings() {}

    /** Whether the native library is on the class path. */
    static boolean available() {
        return TensorFlowSettings.class.getClassLoader().getResource(NATIVES) != null;
    }

    /** Returns the options of a JVM that reads with a setting, as 1024x2: rows of a batch, threads. */
    static List<String> jvmOptions(String setting) {
        return List.of(
                "-D" + TensorFlow.SETTING + "=" + setting,
                "-Dorg.bytedeco.javacpp.cachedir="
                        + Path.of(System.getProperty("java.io.tmpdir"), "pipeflux-tensorflow"));
    }

    /**
     * Returns the setting that reads fastest, and prints what each did.
     *
     * @param passes of each; 0 if none is to be tried
     */
    static String best(String set, Path file, int passes) throws IOException, InterruptedException {
        String best = SETTINGS.get(SETTINGS.size() - 1);
        if (passes == 0) {
            return best;
        }
        double most = 0;
        StringBuilder figures = new StringBuilder();
        for (String setting : SETTINGS) {
            try (SideProcess process =
                    SideProcess.start(PipelineSide.TENSORFLOW, set, From.FILE, file, null, jvmOptions(setting))) {
                double fastest = 0;
                for (int i = -WARM_UP; i < passes; i++) {
                    PassResult pass = process.pass(false);
                    fastest = i < 0 ? 0 : Math.max(fastest, pass.gigabytesPerSecond());
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
