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
 * Identifies a job by its channels, their data, and the parameters that affect a training step. The fingerprint does
 * not include the number of steps, how often the model is evaluated, or where files are stored.
 */
final class JobFingerprint {

    private static final int SHOWN = 200;
    private static final int LONGEST = 1000;
    private static final int MOST_HYPERPARAMETERS = 50;
    // the prefix of the hyperparameters that SageMaker adds itself, such as the job's name, its region and the log
    // level
    private static final String PLATFORM = "sagemaker-";

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

    /**
     * Adds the hyperparameters that are not options of the program, because the inputs may depend on them.
     * Hyperparameters that SageMaker adds itself are left out.
     */
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
     * Adds a description of the current objects of a channel: their number, their total size, and a hash of their
     * names, sizes and ETags. Blocks while the objects are listed.
     *
     * @param folder the prefix of the objects' keys. The hash does not include this prefix
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
