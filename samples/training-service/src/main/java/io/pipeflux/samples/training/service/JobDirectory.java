package io.pipeflux.samples.training.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a job.
 *
 * <pre>
 *   request.json        the request
 *   state.json          {@link JobRecord}, replaced atomically
 *   figures             lines of JSON, append-only: points of the charts and ends of epochs
 *   log                 the log
 *   data.json           the objects of the channel train, see {@link DataList}
 *   ml/                 the pipes or files, while the job runs
 *   checkpoints/        the latest checkpoint
 *   model.json          the model, after the job has completed
 * </pre>
 *
 * <p>All methods block.
 */
final class JobDirectory {

    /** The format of IDs. Only text of this format becomes part of a path. */
    private static final Pattern ID = Pattern.compile("[0-9]{8}-[0-9]{6}-[0-9a-f]{8}");

    private static final String DATA = "data.json";
    private static final String NEW = ".new";
    private static final String OLD = ".old";

    private final Path path;

    private JobDirectory(Path path) {
        this.path = path;
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** Creates a job's directory atomically, together with the directory's first files. */
    static JobDirectory create(Path parent, String id, JobRequest request, JobRecord record) throws IOException {
        JobDirectory draft = new JobDirectory(Files.createDirectory(parent.resolve("." + id + NEW)));
        Files.writeString(draft.path.resolve("request.json"), Json.text(request));
        draft.save(record);
        return new JobDirectory(Files.move(draft.path, at(parent, id), StandardCopyOption.ATOMIC_MOVE));
    }

    /**
     * Returns the directories of all jobs. Deletes directories that a killed process had only partly created or
     * deleted.
     */
    static List<JobDirectory> all(Path parent) throws IOException {
        try (Stream<Path> found = Files.list(parent)) {
            List<Path> paths = found.sorted().toList();
            for (Path path : paths) {
                String name = path.getFileName().toString();
                if (name.startsWith(".") && (name.endsWith(NEW) || name.endsWith(OLD))) {
                    deleteAll(path);
                }
            }
            return paths.stream()
                    .filter(path -> isId(path.getFileName().toString()))
                    .map(JobDirectory::new)
                    .toList();
        }
    }

    private static Path at(Path parent, String id) {
        if (!isId(id)) {
            throw RefusedException.unknown(id);
        }
        return parent.resolve(id);
    }

    String id() {
        return path.getFileName().toString();
    }

    byte[] request() throws IOException {
        return Files.readAllBytes(path.resolve("request.json"));
    }

    JobRecord record() throws IOException {
        return Json.read(Files.readString(path.resolve("state.json")), JobRecord.class);
    }

    void save(JobRecord record) throws IOException {
        replace(path.resolve("state.json"), Json.text(record));
    }

    void appendFigures(Object line) throws IOException {
        append("figures", Json.text(line));
    }

    void appendLog(String line) throws IOException {
        append("log", line);
    }

    private void append(String file, String line) throws IOException {
        Files.writeString(path.resolve(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Returns the lines of the file {@code figures}. If a process was killed, the last line that it wrote may be
     * incomplete.
     */
    List<String> figures() throws IOException {
        return lines("figures");
    }

    List<String> log() throws IOException {
        return lines("log");
    }

    private List<String> lines(String file) throws IOException {
        try {
            // readAllLines would throw if a killed process had left an incomplete character
            String text = new String(Files.readAllBytes(path.resolve(file)), StandardCharsets.UTF_8);
            if (!text.isEmpty() && !text.endsWith("\n")) {
                append(file, ""); // appends only a line end, which ends the incomplete line
            }
            return text.lines().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /**
     * Returns the objects that the job was trained on, or null if an earlier version of the service did not save them.
     *
     * @throws IOException if the file could not be read
     * @throws IllegalArgumentException if the file's content is invalid
     */
    @Nullable
    DataList data() throws IOException {
        try {
            return DataList.parse(Files.readString(path.resolve(DATA)));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Saves the objects, even if a directory has taken the place of their file. */
    void saveData(DataList list) throws IOException {
        Path file = path.resolve(DATA);
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            deleteAll(file);
        }
        replace(file, Json.text(list));
    }

    Path ml() {
        return path.resolve("ml");
    }

    Path checkpoints() {
        return path.resolve("checkpoints");
    }

    Path model() {
        return path.resolve("model.json");
    }

    void saveModel(String json) throws IOException {
        replace(model(), json);
    }

    private static void replace(Path file, String text) throws IOException {
        Path whole = file.resolveSibling(file.getFileName() + NEW);
        Files.writeString(whole, text);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void deleteMl() throws IOException {
        deleteAll(ml());
    }

    /** Renames the directory, so that the job disappears atomically, and then deletes the directory. */
    void delete() throws IOException {
        Path old = path.resolveSibling("." + id() + OLD);
        deleteAll(Files.move(path, old, StandardCopyOption.ATOMIC_MOVE));
    }

    private static void deleteAll(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // nothing to delete, because the directory does not exist
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
