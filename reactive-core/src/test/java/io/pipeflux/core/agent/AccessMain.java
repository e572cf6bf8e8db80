package io.pipeflux.core.agent;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.pipe.NamedPipes;
import io.pipeflux.core.pipe.PipeAccess;
import io.pipeflux.core.pipe.PipeChannels;
import io.pipeflux.core.pipe.PipeOptions;
import io.pipeflux.core.pipe.UnixPipes;
import io.pipeflux.core.suite.ForkedJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Makes all files that an agent and its readers make, and prints their modes and groups; then makes pipes again and
 * again, and prints what others could do with any of them at any moment. Arguments: the directory, mode and group.
 */
final class AccessMain {

    private static final int EPOCHS = 30;
    private static final int OTHERS_ENTER = 0001;

    private AccessMain() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        PipeAccess access = access(args[1], args[2]);
        Path root = directory.resolve("ml");
        Disposable agent = agent(root, access).run().subscribe();
        Disposable socket = UnixPipes.write(directory.resolve("socket"), Flux.never(), access)
                .subscribe();
        NamedPipes.create(directory.resolve("fifo"));
        Path pipe = root.resolve("input/data/train_0");
        awaitFile(pipe);
        awaitFile(directory.resolve("socket"));
        list(directory).forEach((path, mode) -> answer(path + " " + mode));
        Path state = directory.resolve("state");
        PipeChannels.create(PipeOptions.mlRoot(root).stateDirectory(state))
                .channel("train")
                .blockLast();
        list(state).forEach((path, mode) -> answer("state/" + path + " " + mode));
        agent.dispose();
        socket.dispose();
        answer("to others, ever: " + Integer.toOctalString(watched(directory, access)));
    }

    private static PipeAccess access(String mode, String group) {
        PipeAccess access = switch (mode) {
            case "0640" -> PipeAccess.groupReads();
            case "0660" -> PipeAccess.groupReadsAndWrites();
            default -> PipeAccess.owner();
        };
        return group.equals("-") ? access : access.group(group);
    }

    private static PipeAgent agent(Path root, PipeAccess access) {
        ObjectBytes object =
                ObjectBytes.of("object", 0, 3, null, from -> Flux.just(ByteBuffer.wrap(new byte[] {1, 2, 3})));
        return PipeAgent.at(root).channel("train", Flux.just(object)).access(access);
    }

    /** Makes many pipes and sockets, and returns the permissions of others that any had where others can get. */
    private static int watched(Path directory, PipeAccess access) throws Exception {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setAttribute(open, "unix:mode", 0755);
        Path data = Files.createDirectories(open.resolve("input/data"));
        Files.setAttribute(data.getParent(), "unix:mode", 0755);
        Files.setAttribute(data, "unix:mode", 0755);
        int[] seen = new int[1];
        AtomicBoolean over = new AtomicBoolean();
        Thread watcher = new Thread(() -> {
            while (!over.get()) {
                seen[0] |= toOthers(open);
            }
        });
        watcher.start();
        PipeChannels channels = PipeChannels.create(PipeOptions.mlRoot(open));
        agent(open, access).epochs(EPOCHS).run().subscribe();
        for (int i = 0; i < EPOCHS; i++) {
            channels.channel("train").blockLast();
            NamedPipes.create(data.resolve("fifo" + i));
            Path socket = open.resolve("socket" + i);
            Disposable writer = UnixPipes.write(socket, Flux.just(ByteBuffer.allocate(3)), access)
                    .subscribe();
            UnixPipes.read(socket).blockLast();
            writer.dispose();
        }
        over.set(true);
        watcher.join();
        return seen[0];
    }

    /** The permissions of others in a directory that they may enter. */
    private static int toOthers(Path directory) {
        int all = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                int mode = mode(file);
                boolean isDirectory = Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
                all |= isDirectory ? 0 : mode & 0007;
                if (isDirectory && (mode & OTHERS_ENTER) != 0) {
                    all |= toOthers(file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return all; // removed meanwhile
        }
        return all;
    }

    private static int mode(Path file) throws IOException {
        try {
            return (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static Map<String, String> list(Path directory) throws IOException {
        Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                if (!file.equals(directory)) {
                    String mode = String.format("%04o", mode(file));
                    modes.put(directory.relativize(file).toString(), mode + " " + Files.getAttribute(file, "unix:gid"));
                }
            }
        }
        return modes;
    }

    private static void awaitFile(Path file) {
        while (!Files.exists(file)) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void answer(String answer) {
        System.out.println(ForkedJvm.ANSWER + answer);
    }
}
