package io.pipeflux.samples.agent;

import picocli.CommandLine.IVersionProvider;
import software.amazon.awssdk.core.util.VersionInfo;

/** The versions of this program and of what it depends on. The program's version is in the manifest of its jar. */
final class ProgramVersion implements IVersionProvider {

    /** Returns a line such as {@code pipe-agent 0.1.0, AWS SDK 2.57.8, Java 17.0.12+7, Linux amd64}. */
    static String line() {
        String version = ProgramVersion.class.getPackage().getImplementationVersion();
        return "pipe-agent " + (version == null ? "of no jar, so without a version" : version) + ", AWS SDK "
                + VersionInfo.SDK_VERSION + ", Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch");
    }

    @Override
    public String[] getVersion() {
        return new String[] {line()};
    }
}
