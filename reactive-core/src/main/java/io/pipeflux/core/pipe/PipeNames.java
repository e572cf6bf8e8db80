package io.pipeflux.core.pipe;

import io.pipeflux.core.internal.KeyText;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Defines the names of a channel's files. A pipe has a name such as {@code train_3}. The other files are hidden files
 * in the same directory: the report {@code .train_3.end}, the report while it is being written
 * ({@code .train_3.end.tmp}), the pipe while it is being created ({@code .train_3.new}), and the pipe while it is being
 * removed ({@code .train_3.old}).
 */
final class PipeNames {

    private static final Pattern CHANNEL = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern INDEX = Pattern.compile("[0-9]{1,18}");

    private PipeNames() {}

    /**
     * Returns the channel's name if SageMaker allows the name. An allowed name cannot refer to a file outside the
     * directory.
     *
     * @throws IllegalArgumentException if SageMaker does not allow the name
     */
    static String checkChannel(String channel) {
        if (!CHANNEL.matcher(channel).matches() || channel.equals(".") || channel.equals("..")) {
            throw new IllegalArgumentException(
                    "expected a channel name of 1 to 64 characters A-Z a-z 0-9 . _ -, but got "
                            + KeyText.quoted(channel));
        }
        return channel;
    }

    static Path pipe(Path directory, String channel, long index) {
        return directory.resolve(channel + "_" + index);
    }

    static Path endFile(Path directory, String channel, long index) {
        return directory.resolve("." + channel + "_" + index + ".end");
    }

    /** Returns the path at which a report is written before it is renamed to its final name. */
    static Path temporary(Path report) {
        return report.resolveSibling(report.getFileName() + ".tmp");
    }

    static Path made(Path directory, String channel, long index) {
        return directory.resolve("." + channel + "_" + index + ".new");
    }

    static Path removed(Path directory, String channel, long index) {
        return directory.resolve("." + channel + "_" + index + ".old");
    }

    /**
     * Returns the hidden files of all pipes of a channel. These include files that only earlier versions of Pipeflux
     * create.
     */
    static List<Path> hidden(Path directory, String channel) throws IOException {
        Pattern hidden =
                Pattern.compile(Pattern.quote("." + channel + "_") + "[0-9]{1,18}\\.(new|old|end(\\.tmp|\\.pipe)?)");
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (hidden.matcher(file.getFileName().toString()).matches()) {
                    found.add(file);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    /** Returns the lowest index greater than {@code index} for which a pipe exists, or empty if there is none. */
    static OptionalLong nextAfter(Path directory, String channel, long index) throws IOException {
        String prefix = channel + "_";
        long lowest = Long.MAX_VALUE;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.startsWith(prefix)
                        && INDEX.matcher(name.substring(prefix.length())).matches()) {
                    long found = Long.parseLong(name.substring(prefix.length()));
                    lowest = found > index ? Math.min(lowest, found) : lowest;
                }
            }
        } catch (NoSuchFileException e) {
            return OptionalLong.empty(); // the directory does not exist yet
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return lowest == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(lowest);
    }
}
