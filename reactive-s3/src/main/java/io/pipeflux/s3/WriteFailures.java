package io.pipeflux.s3;

import io.pipeflux.core.ObjectWriteException;
import io.pipeflux.core.internal.CoreAccess;
import io.pipeflux.core.internal.ErrorKind;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Creates the errors of writing. The error messages state, in one line, what has failed and what to check. */
final class WriteFailures {

    /** The error codes that mean that the received bytes do not match their checksum. */
    private static final Set<String> OTHER_BYTES = Set.of(
            "BadDigest", "InvalidDigest", "IncompleteBody", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch");

    private static final String PERMISSION = "s3:PutObject on the object";

    private WriteFailures() {}

    /**
     * Creates the error for a request that has failed even after its retries.
     *
     * @param expected what the request should have done
     */
    static ObjectWriteException of(S3AsyncClient client, S3Uri object, String expected, Throwable error) {
        Throwable e = S3Failures.unwrap(error);
        if (e instanceof ObjectWriteException known) {
            return known;
        }
        CommonFailures.Failure what = isNoSuchUpload(e)
                ? new CommonFailures.Failure(
                        ErrorKind.UPLOAD_GONE,
                        "the upload is gone: it was aborted, or a lifecycle rule has removed it (404 NoSuchUpload)")
                : isOtherBytes(e)
                        ? new CommonFailures.Failure(
                                ErrorKind.NOT_WRITTEN,
                                "in every try, the bytes that arrived were not those that were sent:  "
                                        + S3Failures.firstLine(e))
                        : CommonFailures.common(client, object.bucket(), e, PERMISSION);
        return CoreAccess.exception(
                ObjectWriteException.class,
                what == null ? ErrorKind.NOT_WRITTEN : what.kind(),
                what != null
                        ? what.what()
                        : "expected " + CommonFailures.endpoint(client) + " to " + expected + ", but the last try got: "
                                + S3Failures.firstLine(e),
                object.toString(),
                null,
                e);
    }

    /** Returns whether the store received bytes that do not match their checksum. Another try may succeed. */
    static boolean isOtherBytes(Throwable error) {
        return OTHER_BYTES.contains(S3Failures.code(S3Failures.unwrap(error)));
    }

    /**
     * Returns whether the store does not support requests that contain bytes and their checksum. Status 400 does not
     * count, because it may mean that the bytes were altered. Without a checksum, the store would accept the altered
     * bytes.
     */
    static boolean isWithoutSums(Throwable error) {
        return S3Failures.isUnsupported(S3Failures.unwrap(error));
    }

    /**
     * Returns whether the store does not know the upload, because it was committed or aborted, or has never existed.
     */
    static boolean isNoSuchUpload(Throwable error) {
        Throwable e = S3Failures.unwrap(error);
        return S3Failures.status(e) == 404 && S3Failures.code(e).equals("NoSuchUpload");
    }

    /** Creates the error for a response with a missing or a wrong value. */
    static ObjectWriteException answer(S3Uri object, String expected, @Nullable String found) {
        return CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.WRONG_WRITE_ANSWER,
                "the store's answer cannot be right: expected " + expected + ", but got "
                        + (found == null ? "none" : found) + "; check the store, and proxies before it",
                object.toString(),
                null,
                null);
    }

    /** Creates the error for a store that does not confirm the checksums although they are required. */
    static ObjectWriteException unconfirmed(S3Uri object) {
        return CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.WRONG_WRITE_ANSWER,
                "expected the store to confirm the part's CRC32C, as S3WriteOptions.checksums(REQUIRE) demands, but"
                        + " got a response without it",
                object.toString(),
                null,
                null);
    }

    static ObjectWriteException tooManyParts(S3Uri object, int most, int partSize) {
        return CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.MANY_PARTS,
                "expected an object of at most " + most + " parts of " + partSize
                        + " bytes, but got more: set a larger S3WriteOptions.partSize",
                object.toString(),
                null,
                null);
    }

    static ObjectWriteException notEmpty(S3Uri folder, String key) {
        return CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.DATASET_EXISTS,
                "expected an empty folder to write a dataset to, but got one with the object '" + key
                        + "': choose a different folder, or delete its objects first",
                folder.toString(),
                null,
                null);
    }

    static ObjectWriteException exists(S3Uri manifest) {
        return CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.DATASET_EXISTS,
                "expected no manifest beside the folder to write a dataset to, but got one: a reader of it would take"
                        + " some of the new objects for the earlier ones. Choose a different folder, or delete it"
                        + " first",
                manifest.toString(),
                null,
                null);
    }

    /** Creates the error for a commit when neither the upload nor its object exists. */
    static ObjectWriteException notCommitted(Upload upload, Throwable error) {
        return CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.UPLOAD_GONE,
                "the upload is gone, and so is its object: expected " + upload.size() + " bytes that were prepared, but"
                        + " the upload was aborted, a lifecycle rule has removed it, or its object was deleted."
                        + " Write the object again",
                upload.uri(),
                null,
                error);
    }

    /**
     * Creates the error for a commit of an upload that no longer exists. An object with the same key exists, but was
     * not written by this upload.
     */
    static ObjectWriteException replaced(Upload upload, Throwable error) {
        return CoreAccess.exception(
                ObjectWriteException.class,
                ErrorKind.UPLOAD_GONE,
                "the upload is gone, and the object has a different origin: the upload was aborted, or it was committed"
                        + " and the object has been replaced since. It is not known which",
                upload.uri(),
                null,
                error);
    }
}
