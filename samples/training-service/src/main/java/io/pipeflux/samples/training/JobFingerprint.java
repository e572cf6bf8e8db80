package io.pipeflux.samples.training;

import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.job.Fingerprint;
import io.pipeflux.samples.training.input.Hyperparameters;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.publisher.Flux;

/**
 * What makes a training the same training: its channels and their data, and whatever decides what a step does. How long
 * it trains, how often it evaluates and where it keeps what is left out.
 */
final class JobFingerprint {

    private static final int SHOWN = 200;
    private static final int LONGEST = 1000;
    private static final int MOST_HYPERPARAMETERS = 50;
    private static final String PLATFORM = "sagemaker-"; // the job's name, its region, the log level, ...

    private Fingerprint values;

    private JobFingerprint(TrainingOptions options) {
        values = Fingerprint.of("batch", String.valueOf(options.batch))
                .with("features", options.features)
                .with("format", options.format.name())
                .with("train-input", bounded(options.trainInput == null ? "tf.train.Example" : options.trainInput));
    }

    static JobFingerprint of(TrainingOptions options) {
        return new JobFingerprint(options);
    }

    JobFingerprint with(String name, String value) {
        values = values.with(shortened(name, 100), bounded(value));
        return this;
    }

    /** The hyperparameters that are no options of the program: the inputs read them. */
    JobFingerprint hyperparameters(Hyperparameters given) {
        Map<String, String> others = new TreeMap<>(TrainingOptions.notOptions(given));
        others.keySet().removeIf(name -> name.startsWith(PLATFORM));
        if (others.size() > MOST_HYPERPARAMETERS) {
            return with("hyperparameters", others.toString());
        }
        others.forEach((name, value) -> with("hyperparameter " + name, value));
        return this;
    }

    /**
     * The objects that a channel has now: how many, their size, and a hash of names, sizes and ETags; blocks while they
     * are listed.
     *
     * @param folder what their keys begin with, which is left out
     */
    JobFingerprint data(String channel, String folder, Flux<ObjectBytes> objects) {
        MessageDigest hash = sha256();
        long[] sums = objects.reduce(new long[2], (sum, object) -> {
                    String key = object.key();
                    String name = key.startsWith(folder) ? key.substring(folder.length()) : key;
                    hash.update((name + '\0' + object.size() + '\0' + object.etag() + '\n')
                            .getBytes(StandardCharsets.UTF_8));
                    sum[0]++;
                    sum[1] += object.size();
                    return sum;
                })
                .blockOptional()
                .orElseThrow();
        return with(
                "data of " + channel,
                sums[0] + " objects of " + sums[1] + " bytes, hash of names and sizes " + hex(hash.digest()));
    }

    Fingerprint build() {
        return values;
    }

    private static String bounded(String value) {
        return shortened(value, LONGEST);
    }

    private static String shortened(String text, int most) {
        return text.length() <= most
                ? text
                : text.substring(0, Math.min(SHOWN, most / 2)) + "... (hash "
                        + hex(sha256().digest(text.getBytes(StandardCharsets.UTF_8))) + ")";
    }

    private static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, 8);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
