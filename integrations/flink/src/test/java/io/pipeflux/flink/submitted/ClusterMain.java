package io.pipeflux.flink.submitted;

import static java.util.stream.Collectors.toCollection;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.util.InstantiationUtil;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A process with a cluster of two task managers, whose class path has Flink but not Pipeflux. Jobs are submitted one
 * after another as jars. Flink loads each job's classes with class loaders of its own. After the last job, no such
 * class loader may remain, and no thread or descriptor more than after the first jobs.
 *
 * <p>The jobs' classes see this class, and report to it.
 */
public final class ClusterMain {

    /** What a line with a result begins with. */
    public static final String ANSWER = "> ";

    private static final int FIRST_JOBS = 2;

    /** Timers and the threads of S3 clients end after 10 s without a task. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Flink opens sockets and epoll instances of its own. A leak of one descriptor per job is more than that. */
    private static final int DESCRIPTORS_OF_FLINK = 8;

    private static final Set<ClassLoader> LOADERS =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final AtomicInteger FAILURES = new AtomicInteger();
    private static final AtomicInteger UNCAUGHT = new AtomicInteger();

    private final MiniCluster cluster;
    private final List<URL> jars;
    private final int port;

    private ClusterMain(MiniCluster cluster, List<URL> jars, int port) {
        this.cluster = cluster;
        this.jars = jars;
        this.port = port;
    }

    /** Notes a class loader of a job. */
    public static void loaded(ClassLoader loader) {
        if (loader == ClusterMain.class.getClassLoader()) {
            throw new IllegalStateException("expected a class loader of the job, but got the cluster's");
        }
        if (LOADERS.add(loader)) {
            MADE.incrementAndGet();
        }
    }

    /** Counts a failure of a task. */
    public static void failing() {
        FAILURES.incrementAndGet();
    }

    /**
     * Runs the jobs and prints the results.
     *
     * @param arguments the port of the S3 server, the job's jars, and the number of jobs
     */
    public static void main(String[] arguments) throws Exception {
        requireNoPipeflux();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            UNCAUGHT.incrementAndGet();
            System.out.println("uncaught in " + thread.getName());
            error.printStackTrace(System.out);
        });
        Runtime.getRuntime().addShutdownHook(new Thread(ClusterMain::printWhoExits));
        List<URL> jars = Stream.of(arguments[1].split(File.pathSeparator))
                .map(ClusterMain::url)
                .toList();
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration())
                .setNumTaskManagers(2)
                .setNumSlotsPerTaskManager(1)
                .build());
        cluster.start();
        try {
            new ClusterMain(cluster, jars, Integer.parseInt(arguments[0])).run(Integer.parseInt(arguments[2]));
        } catch (Throwable t) {
            t.printStackTrace(System.out);
        }
        System.exit(0); // whatever threads are left
    }

    /** Flink ends the process when one of its threads has a fatal error. */
    private static void printWhoExits() {
        Thread.getAllStackTraces().forEach((thread, frames) -> {
            if (Stream.of(frames).anyMatch(frame -> frame.getMethodName().equals("exit"))) {
                System.out.println("ended by " + thread.getName() + ": " + List.of(frames));
            }
        });
    }

    private static void requireNoPipeflux() {
        for (String name : List.of("io.pipeflux.flink.PipefluxSource", "io.pipeflux.s3.S3Channels")) {
            try {
                Class.forName(name, false, ClusterMain.class.getClassLoader());
            } catch (ClassNotFoundException e) {
                continue;
            }
            throw new IllegalStateException("expected no " + name + " on the cluster's class path, but found it");
        }
    }

    private static URL url(String jar) {
        try {
            return Path.of(jar).toUri().toURL();
        } catch (java.net.MalformedURLException e) {
            throw new IllegalArgumentException(jar, e);
        }
    }

    private static Configuration configuration() {
        Configuration configuration = new Configuration();
        configuration.set(RestOptions.BIND_PORT, "0");
        // If Flink 2.3 restarts one subtask of a source alone during a checkpoint, it can end the process:
        // "Some subtask gateway can be closed while others cannot. There might be a bug here."
        configuration.set(JobManagerOptions.EXECUTION_FAILOVER_STRATEGY, "full");
        configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(16));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(16));
        configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(16));
        configuration.set(
                CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS_ADDITIONAL, List.of(ClusterMain.class.getName()));
        return configuration;
    }

    private void run(int jobs) throws Exception {
        for (int i = 0; i < FIRST_JOBS; i++) { // what is made once
            submit(i);
        }
        awaitNoLoader();
        Set<String> threads = threads();
        int descriptors = descriptors();
        print("before: " + threads.size() + " kinds of threads, " + descriptors + " descriptors");

        for (int i = FIRST_JOBS; i < jobs; i++) {
            submit(i);
        }
        int loaders = MADE.get();
        awaitNoLoader();
        String left;
        try {
            await().pollInSameThread()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> {
                        System.gc(); // ends the threads of the JDK's cleaners, and closes forgotten files
                        return more(threads).isEmpty() && descriptors() <= descriptors + DESCRIPTORS_OF_FLINK;
                    });
            left = "nothing";
        } catch (ConditionTimeoutException e) {
            left = more(threads) + ", " + (descriptors() - descriptors) + " descriptors";
        }
        print("jobs: " + jobs);
        print("failures: " + FAILURES);
        print("class loaders made: " + loaders);
        print("class loaders left: " + LOADERS.size());
        print("uncaught: " + UNCAUGHT);
        print("after: " + threads().size() + " kinds of threads, " + descriptors() + " descriptors");
        print("left: " + left);
    }

    private static void print(String line) {
        System.out.println(ANSWER + line);
    }

    /** Runs a job as Flink's client does: its main method runs in a class loader of the client. */
    private void submit(int number) throws Exception {
        try (URLClassLoader loader = ClientUtils.buildUserCodeClassLoader(
                jars, List.of(), ClusterMain.class.getClassLoader(), configuration())) {
            Class<?> job = Class.forName("io.pipeflux.flink.submitted.SubmittedJob", true, loader);
            loaded(job.getClassLoader());
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                job.getMethod("run", MiniCluster.class, List.class, int.class, int.class)
                        .invoke(null, cluster, jars.stream().map(URL::toString).toList(), port, number);
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }

    private static void awaitNoLoader() {
        try {
            await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).until(() -> {
                clearCachesOfTheJdk();
                System.gc();
                return LOADERS.isEmpty();
            });
        } catch (ConditionTimeoutException e) {
            print("class loaders that stay: " + LOADERS.size() + "; threads " + threads());
        }
    }

    /**
     * Replaces what caches of JDK 17 keep of the last job until they are used again: the type of the last record whose
     * methods were made, and classes that were serialized.
     */
    private static void clearCachesOfTheJdk() {
        Map<String, MethodType> methods = Map.of(
                "equals", MethodType.methodType(boolean.class, ClusterMain.class, Object.class),
                "hashCode", MethodType.methodType(int.class, ClusterMain.class),
                "toString", MethodType.methodType(String.class, ClusterMain.class));
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodHandle getter = lookup.findGetter(ClusterMain.class, "cluster", MiniCluster.class);
            for (Map.Entry<String, MethodType> method : methods.entrySet()) {
                ObjectMethods.bootstrap(
                        lookup, method.getKey(), method.getValue(), ClusterMain.class, "cluster", getter);
            }
            InstantiationUtil.clone(new ArrayList<>());
        } catch (Throwable t) {
            throw new IllegalStateException("could not make a record's methods and serialize a list", t);
        }
    }

    /** Returns the names of the live threads, without their numbers. */
    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName().replaceAll("[0-9a-f]{8,}|[0-9]+", "N"))
                .collect(toCollection(TreeSet::new));
    }

    /** Returns the names of threads that were not there before. Flink's pools start some of their threads late. */
    private static Set<String> more(Set<String> before) {
        Set<String> now = threads();
        now.removeAll(before);
        now.removeIf(name -> name.matches("(?i)(flink|jobmanager|taskmanager|resourcemanager|mini-cluster).*"));
        return now;
    }

    private static int descriptors() {
        String[] descriptors = new File("/proc/self/fd").list();
        if (descriptors == null) {
            throw new IllegalStateException("expected the descriptors of this process in /proc/self/fd, but got none");
        }
        return descriptors.length;
    }
}
