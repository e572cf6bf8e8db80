package io.pipeflux.records.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.Objects;

/** Cases that a script in Python writes, one after the other, as numbers in network byte order and counted bytes. */
public final class PythonCases implements AutoCloseable {

    private final Process process;
    private final DataInputStream in;

    private PythonCases(Process process) {
        this.process = process;
        this.in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    }

    /** Starts a script of {@code src/test/resources/python}. */
    public static PythonCases of(String script, int cases) throws IOException {
        File file = new File(Objects.requireNonNull(PythonCases.class.getResource("/python/" + script))
                .getPath());
        return new PythonCases(new ProcessBuilder("python3", "-X", "utf8", file.getPath(), Integer.toString(cases))
                .redirectError(Redirect.INHERIT)
                .start());
    }

    public DataInputStream in() {
        return in;
    }

    public byte[] bytes() throws IOException {
        return in.readNBytes(in.readInt());
    }

    /** Asserts that there are no more cases, and that the script has not failed. */
    public void end() throws Exception {
        assertThat(in.read()).isEqualTo(-1);
        assertThat(process.waitFor()).isZero();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
