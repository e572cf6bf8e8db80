package io.pipeflux.core.pipe;

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
 * How a channel's files are called: the pipe {@code train_3}, and beside it, hidden, the report {@code .train_3.end},
 * the report while it is written, {@code .train_3.end.tmp}, the pipe while it is made, {@code .train_3.new}, and the
 * pipe while it is removed, {@code .train_3.old}.
 */
final class PipeNames {

    private static final Pattern CHANNEL = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern INDEX = Pattern.compile("[0-9]{1,18}");

    private PipeNames() {}

    /** Refuses a name that SageMaker does not allow for a channel. So no name can lead out of the directory. */
    static String checkChannel(String channel) {
        if (!CHANNEL.matcher(channel).matches() || channel.equals(".") || channel.equals("..")) {
            throw new IllegalArgumentException(
                    "a channel's name is 1 to 64 of A-Z a-z 0-9 . _ - but it was \"" + channel + "\"");
        }
        return channel;
    }

    static Path pipe(Path directory, String channel, long index) {
        return directory.resolve(channel + "_" + index);
    }

    static Path endFile(Path directory, String channel, long index) {
        return directory.resolve("." + channel + "_" + index + ".end");
    }

    /** Returns the file that a report is written into before it replaces the one of its name. */
    static Path temporary(Path report) {
        return report.resolveSibling(report.getFileName() + ".tmp");
    }

    static Path made(Path directory, String channel, long index) {
        return directory.resolve("." + channel + "_" + index + ".new");
    }

    static Path removed(Path directory, String channel, long index) {
        return directory.resolve("." + channel + "_" + index + ".old");
    }

    /** Returns the hidden files of all pipes of a channel, those of earlier versions included. */
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

    /** Returns the lowest index of a pipe that is greater than a given one. */
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
            return OptionalLong.empty(); // the directory is made later
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return lowest == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(lowest);
    }
}
