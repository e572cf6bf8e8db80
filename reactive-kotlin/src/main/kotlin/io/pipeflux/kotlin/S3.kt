// Users of this file must depend on reactive-s3 themselves, because it is not a transitive dependency of this module.
package io.pipeflux.kotlin

import io.pipeflux.s3.DatasetWriter
import io.pipeflux.s3.S3Channel
import io.pipeflux.s3.S3Channels
import io.pipeflux.s3.S3ReadOptions
import io.pipeflux.s3.S3Writer
import io.pipeflux.s3.Upload
import io.pipeflux.s3.WrittenDataset
import io.pipeflux.s3.WrittenObject
import kotlinx.coroutines.flow.Flow
import software.amazon.awssdk.services.s3.S3AsyncClient
import java.nio.ByteBuffer
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Returns the channel of all objects under a prefix: `client.prefixChannel("s3://bucket/train/").objects()`.
 *
 * @param uri the URI of the prefix
 * @param options the options for reading. Defaults to [S3ReadOptions.defaults]
 */
public fun S3AsyncClient.prefixChannel(
    uri: String,
    options: S3ReadOptions = S3ReadOptions.defaults(),
): S3Channel = S3Channels.prefix(this, uri, options)

/**
 * Returns the channel of the objects that a manifest lists.
 *
 * @param uri the URI of the manifest
 * @param options the options for reading. Defaults to [S3ReadOptions.defaults]
 */
public fun S3AsyncClient.manifestChannel(
    uri: String,
    options: S3ReadOptions = S3ReadOptions.defaults(),
): S3Channel = S3Channels.manifest(this, uri, options)

/**
 * Returns the channel of the attributes in an augmented manifest. The attributes of each line are read in the order of
 * [attributes].
 *
 * @param uri the URI of the augmented manifest
 * @param attributes the names of the attributes to read
 * @param options the options for reading. Defaults to [S3ReadOptions.defaults]
 */
public fun S3AsyncClient.augmentedManifestChannel(
    uri: String,
    attributes: List<String>,
    options: S3ReadOptions = S3ReadOptions.defaults(),
): S3Channel = S3Channels.augmentedManifest(this, uri, attributes, options)

/**
 * Writes an object with the given bytes. The flow is collected in the context of the caller, at the pace at which the
 * parts are sent. An emitted buffer must not be changed. A cancel aborts the upload. When this function returns or
 * throws, the flow is no longer being collected.
 *
 * @param uri the URI of the object
 * @param bytes the bytes of the object
 */
public suspend fun S3Writer.awaitWrite(
    uri: String,
    bytes: Flow<ByteBuffer>,
): WrittenObject = bytes.awaitWritten { write(uri, it) }

/**
 * Uploads the bytes of an object. The object becomes visible when [awaitCommit] is called. In all other respects, this
 * function behaves like [awaitWrite].
 *
 * @param uri the URI of the object
 * @param bytes the bytes of the object
 */
public suspend fun S3Writer.awaitPrepare(
    uri: String,
    bytes: Flow<ByteBuffer>,
): Upload = bytes.awaitWritten { prepare(uri, it) }

/** Makes an uploaded object visible. May be called repeatedly for the same upload. */
public suspend fun S3Writer.awaitCommit(upload: Upload): WrittenObject = commit(upload).awaitData()

/** Aborts an upload: removes the parts that have been uploaded. */
public suspend fun S3Writer.awaitAbort(upload: Upload): Unit = abort(upload).awaitEnd()

/**
 * Aborts uploads that killed processes have not completed, and returns the number of aborted uploads.
 *
 * @param uri the prefix of the uploads' objects
 * @param age the minimum age of the uploads to abort. Younger uploads are kept
 */
public suspend fun S3Writer.awaitAbortOlderThan(
    uri: String,
    age: Duration,
): Long = abortOlderThan(uri, age.toJavaDuration()).awaitData()

/**
 * Writes records or batches as objects of about the same size, with a manifest. The flow is collected in the context of
 * the caller, at the pace at which parts are sent.
 *
 * @param records the records or batches
 */
public suspend fun <T : Any> DatasetWriter<T>.awaitWrite(records: Flow<T>): WrittenDataset = records.awaitWritten { write(it) }
