package io.pipeflux.tensorflow;

import org.junit.jupiter.api.Assumptions;

/** TensorFlow's native code, which only the profile natives fetches. */
final class Natives {

    private static final String LIBRARY = "org/tensorflow/internal/c_api/linux-x86_64/libtensorflow_cc.so.2";

    private Natives() {}

    static boolean areThere() {
        return Natives.class.getClassLoader().getResource(LIBRARY) != null;
    }

    /** Skips the tests, and says so, where the native code could not be fetched. */
    static void require() {
        if (!areThere()) {
            System.out.println("SKIPPED: tests of pipeflux-tensorflow, TensorFlow's native code could not be fetched");
        }
        Assumptions.assumeTrue(areThere(), "TensorFlow's native code");
    }
}
