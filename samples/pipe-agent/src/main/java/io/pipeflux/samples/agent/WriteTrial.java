package io.pipeflux.samples.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.s3.S3Uri;
import java.util.Arrays;
import java.util.UUID;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Tests writing. First, writes an object under a unique key, and begins a multipart upload. Then, deletes the object,
 * and aborts the upload.
 */
final class WriteTrial {

    private static final String PUT = "s3:PutObject";
    private static final String ABORT = "s3:AbortMultipartUpload";
    private static final byte[] CONTENT = "written by pipe-agent doctor; it can be deleted\n".getBytes(UTF_8);

    private final S3AsyncClient client;
    private final String bucket;
    private final String key;
    private final Findings findings;

    WriteTrial(S3AsyncClient client, S3Uri place, Findings findings) {
        this.client = client;
        this.bucket = place.bucket();
        this.key = place.prefix() + ".pipeflux-doctor-" + UUID.randomUUID();
        this.findings = findings;
    }

    void run() {
        try {
            RequestFailedException.answer(() ->
                    client.putObject(request -> request.bucket(bucket).key(key), AsyncRequestBody.fromBytes(CONTENT)));
        } catch (RequestFailedException e) {
            findings.failed(PUT, key + ": " + e.getMessage());
            findings.untried(ABORT, "no object can be written");
            if (!e.isDenied()) {
                // perhaps only the response was lost, so the object may exist
                delete();
            }
            return;
        }
        readBack();
        upload();
        uploads();
        delete();
    }

    private void readBack() {
        try {
            ResponseBytes<GetObjectResponse> read = RequestFailedException.answer(() ->
                    client.getObject(request -> request.bucket(bucket).key(key), AsyncResponseTransformer.toBytes()));
            if (Arrays.equals(read.asByteArray(), CONTENT)) {
                findings.ok(PUT, key + " was written and read back");
            } else {
                findings.failed(PUT, key + " was written, but other bytes were read back");
            }
        } catch (RequestFailedException e) {
            findings.failed(PUT, key + " was written, but could not be read back: " + e.getMessage());
        }
    }

    private void upload() {
        String upload;
        try {
            upload = RequestFailedException.answer(() -> client.createMultipartUpload(
                            request -> request.bucket(bucket).key(key)))
                    .uploadId();
        } catch (RequestFailedException e) {
            findings.failed(PUT, "an upload in parts could not be begun: " + e.getMessage());
            findings.untried(ABORT, "no upload could be begun");
            return;
        }
        String left =
                "; the upload " + upload + " of " + key + " remains, and its parts cost money until it is aborted";
        try {
            RequestFailedException.answer(() -> client.uploadPart(
                    request -> request.bucket(bucket).key(key).uploadId(upload).partNumber(1),
                    AsyncRequestBody.fromBytes(CONTENT)));
        } catch (RequestFailedException e) {
            findings.failed(PUT, "a part could not be uploaded: " + e.getMessage());
        }
        try {
            RequestFailedException.answer(() -> client.abortMultipartUpload(
                    request -> request.bucket(bucket).key(key).uploadId(upload)));
            findings.ok(ABORT, "an upload in parts was begun and aborted");
        } catch (RequestFailedException e) {
            findings.failed(ABORT, e.getMessage() + left);
        }
    }

    private void uploads() {
        String subject = "s3:ListBucketMultipartUploads";
        try {
            RequestFailedException.answer(() -> client.listMultipartUploads(
                    request -> request.bucket(bucket).prefix(key).maxUploads(1)));
            findings.ok(subject, "uploads that were left can be found");
        } catch (RequestFailedException e) {
            findings.note(subject, "uploads that were left cannot be found and aborted: " + e.getMessage());
        }
    }

    private void delete() {
        try {
            RequestFailedException.answer(
                    () -> client.deleteObject(request -> request.bucket(bucket).key(key)));
            findings.ok("s3:DeleteObject", "the object was deleted");
        } catch (RequestFailedException e) {
            findings.note(
                    "s3:DeleteObject",
                    "s3://" + bucket + "/" + key + " remains: delete it. Pipeflux itself deletes nothing: "
                            + e.getMessage());
        }
    }
}
