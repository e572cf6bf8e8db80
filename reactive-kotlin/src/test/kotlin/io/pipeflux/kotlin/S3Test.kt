package io.pipeflux.kotlin

import io.pipeflux.core.job.Checkpoints
import io.pipeflux.core.job.Fingerprint
import io.pipeflux.kotlin.docs.Embeddings
import io.pipeflux.kotlin.docs.Model
import io.pipeflux.kotlin.docs.fillPipes
import io.pipeflux.kotlin.docs.main
import io.pipeflux.kotlin.docs.trainEnriched
import io.pipeflux.kotlin.docs.trainFromPipes
import io.pipeflux.kotlin.docs.trainFromS3
import io.pipeflux.kotlin.docs.upload
import io.pipeflux.records.example.Feature
import io.pipeflux.records.example.Schema
import io.pipeflux.records.example.proto.Example
import io.pipeflux.records.example.proto.Features
import io.pipeflux.records.example.proto.Int64List
import io.pipeflux.records.text.TextLines
import io.pipeflux.records.tfrecord.TfRecords
import io.pipeflux.s3.DatasetWriter
import io.pipeflux.s3.S3ReadOptions
import io.pipeflux.s3.S3Writer
import io.pipeflux.s3.http.ReactorNettyHttpClient
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactive.asFlow
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.assertj.core.api.Assertions.assertThat
import org.awaitility.Awaitility.await
import org.gaul.s3proxy.S3Proxy
import org.gaul.s3proxy.auth.AuthenticationType
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import reactor.core.publisher.Flux
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider
import software.amazon.awssdk.regions.Region
import software.amazon.awssdk.services.s3.S3AsyncClient
import java.io.IOException
import java.net.URI
import java.nio.ByteBuffer
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds
import io.pipeflux.records.example.proto.Feature as ExampleFeature

/** The extensions for S3, over a server in this process. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3Test {
    private val proxy =
        S3Proxy
            .builder()
            .blobStore(TransientNio2BlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "id", "key")
            .ignoreUnknownHeaders(true)
            .build()
    private val client by lazy {
        S3AsyncClient
            .builder()
            .httpClientBuilder(ReactorNettyHttpClient.builder())
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "key")))
            .endpointOverride(URI.create("http://127.0.0.1:" + proxy.port))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .build()
    }
    private val writer by lazy { S3Writer.of(client) }

    @BeforeAll
    fun start() {
        proxy.start()
        client.createBucket { it.bucket("bucket") }.join()
    }

    @AfterAll
    fun stop() {
        client.close()
        proxy.stop()
    }

    private fun bytes(vararg texts: String): Flow<ByteBuffer> = texts.map { ByteBuffer.wrap(it.toByteArray()) }.asFlow()

    private fun keys(prefix: String) =
        client
            .listObjectsV2 { it.bucket("bucket").prefix(prefix) }
            .join()
            .contents()
            .map { it.key() }

    private fun uploads() =
        client
            .listMultipartUploads { it.bucket("bucket") }
            .join()
            .uploads()
            .map { it.key() }

    @Test
    fun `the guide's training and agent read a prefix`(
        @TempDir ml: Path,
    ) = runBlocking<Unit> {
        val records = Flux.range(0, 70).map { ByteBuffer.allocate(0) }.transform(TfRecords.encode())
        writer.awaitWrite("s3://bucket/guide/a", records.asFlow())
        val optional = Schema.of(Feature.int64("labels").withDefault(0))
        var rows = 0
        trainFromS3(client, "s3://bucket/guide/", optional) { rows += it.rows() }
        assertThat(rows).isEqualTo(140)
        val filling = launch(Dispatchers.Default) { fillPipes(client, "s3://bucket/guide/", ml) }
        trainFromPipes(ml, optional) { rows += it.rows() }
        filling.join()
        assertThat(rows).isEqualTo(280)
    }

    @Test
    fun `objects are written and read back as channels`() =
        runBlocking<Unit> {
            val written = writer.awaitWrite("s3://bucket/lines/a", bytes("a\n", "b\n"))
            assertThat(written.size()).isEqualTo(4)
            writer.awaitWrite("s3://bucket/lines/b", bytes("c\n"))
            writer.awaitWrite("s3://bucket/manifest", bytes("""[{"prefix": "s3://bucket/lines/"}, "b"]"""))
            writer.awaitWrite("s3://bucket/augmented", bytes("""{"line-ref": "s3://bucket/lines/b", "n": 1}"""))
            val options = S3ReadOptions.defaults().retries(1)
            val channels =
                mapOf(
                    client.prefixChannel("s3://bucket/lines/") to listOf("a", "b", "c"),
                    client.prefixChannel("s3://bucket/lines/a", options) to listOf("a", "b"),
                    client.manifestChannel("s3://bucket/manifest") to listOf("c"),
                    client.augmentedManifestChannel("s3://bucket/augmented", listOf("line-ref")) to listOf("c"),
                )
            for ((channel, lines) in channels) {
                val records = channel.objects().decodeObjects(TextLines.format())
                assertThat(records.toFlow().toList().map(TextLines::text)).describedAs("$channel").isEqualTo(lines)
            }
        }

    @Test
    fun `an upload appears when it is committed, and not when it is aborted`() =
        runBlocking<Unit> {
            val upload = writer.awaitPrepare("s3://bucket/prepared/a", bytes("a"))
            assertThat(keys("prepared/")).isEmpty()
            assertThat(writer.awaitCommit(upload).size()).isEqualTo(1)
            assertThat(keys("prepared/")).containsExactly("prepared/a")
            writer.awaitAbort(writer.awaitPrepare("s3://bucket/prepared/b", bytes("b")))
            writer.awaitPrepare("s3://bucket/prepared/c", bytes("c"))
            assertThat(writer.awaitAbortOlderThan("s3://bucket/prepared/", 1.days)).isZero()
            assertThat(uploads()).containsExactly("prepared/c")
            await().until { runBlocking { writer.awaitAbortOlderThan("s3://bucket/prepared/", 1.milliseconds) } == 1L }
            assertThat(keys("prepared/")).containsExactly("prepared/a")
        }

    @Test
    fun `a dataset is written from a Flow`() =
        runBlocking<Unit> {
            val dataset = DatasetWriter.of(writer, "s3://bucket/dataset/", TfRecords.encode())
            val written = dataset.awaitWrite(bytes("a", "b", "c"))
            assertThat(written.records()).isEqualTo(3)
            val records = client.manifestChannel(written.manifest()).objects().decodeObjects(TfRecords.format())
            assertThat(records.toFlow().toList().map { String(it.toByteArray()) }).containsExactly("a", "b", "c")
        }

    @Test
    fun `the snippets of the documentation for S3`() =
        runBlocking<Unit> {
            client.createBucket { it.bucket("pipeflux-demo") }.join()
            assertThat(upload(client, bytes("1", "2"))).isEqualTo(2)
            writer.awaitWrite("s3://bucket/words/a", bytes("a\n", "bb\n", "never\n", "cccc\n"))
            val embeddings =
                Embeddings(client) { word ->
                    if (word == "never") throw IOException("no embedding of $word")
                    FloatArray(word.length)
                }
            val batches = embeddings.embeddings("s3://bucket/words/").toList()
            assertThat(batches.map { batch -> batch.map { it.size } }).containsExactly(listOf(1, 2, 4))
        }

    private fun checkpoints(directory: Path) = Checkpoints.directory(directory, Fingerprint.of("train", "test")).everySteps(10)

    private suspend fun writeLabels(uri: String) {
        val records =
            Flux.range(0, 1000).map {
                val value = Int64List.newBuilder().addValue(it.toLong())
                val features = Features.newBuilder().putFeature("labels", ExampleFeature.newBuilder().setInt64List(value).build())
                ByteBuffer.wrap(
                    Example
                        .newBuilder()
                        .setFeatures(features)
                        .build()
                        .toByteArray(),
                )
            }
        writer.awaitWrite(uri, records.transform(TfRecords.encode()).asFlow())
    }

    @Test
    fun `a training of enriched records goes on where it was cancelled, and each row is seen once`(
        @TempDir directory: Path,
    ) = runBlocking<Unit> {
        writeLabels("s3://bucket/enriched/a")
        val uri = "s3://bucket/enriched/"
        val cancelled = Model()
        checkpoints(directory).use { checkpoints ->
            val training = launch(Dispatchers.Default) { trainEnriched(client, uri, cancelled, checkpoints) }
            await().pollInterval(Duration.ofMillis(2)).until { cancelled.seen >= 64 }
            training.cancelAndJoin()
        }
        val model = Model()
        checkpoints(directory).use { trainEnriched(client, uri, model, it) }
        assertThat(model.seen).isEqualTo(3000)
    }

    @Test
    fun `the documentation's main trains to its end, and then closes its client`(
        @TempDir directory: Path,
    ) = runBlocking<Unit> {
        writeLabels("s3://bucket/main/a")
        val settings =
            mapOf(
                "aws.endpointUrlS3" to "http://127.0.0.1:${proxy.port}",
                "aws.region" to "us-east-1",
                "aws.accessKeyId" to "id",
                "aws.secretAccessKey" to "key",
            )
        val before = settings.mapValues { (name, value) -> System.setProperty(name, value) }
        try {
            withContext(Dispatchers.IO) { main(arrayOf("s3://bucket/main/", "$directory")) }
        } finally {
            for ((name, value) in before) if (value == null) System.clearProperty(name) else System.setProperty(name, value)
        }
        val job = Fingerprint.of("train", "s3://bucket/main/").with("batch", 64).with("seed", 42)
        val last = Checkpoints.directory(directory, job).use { it.awaitLatest() }
        assertThat(last?.step()).isEqualTo(47L) // 3000 rows in batches of 64
    }

    @Test
    fun `a failing flow and a cancel leave neither object nor upload`() =
        runBlocking<Unit> {
            val failing = flow<ByteBuffer> { throw IOException("the disk is gone") }
            assertThrows<IOException> { runBlocking { writer.awaitWrite("s3://bucket/failed/a", failing) } }
            val begun = CompletableDeferred<Unit>()
            val ended = AtomicBoolean()
            val hanging =
                flow {
                    emit(ByteBuffer.allocate(20 shl 20))
                    begun.complete(Unit)
                    try {
                        awaitCancellation()
                    } finally {
                        ended.set(true)
                    }
                }
            val write = launch(Dispatchers.Default) { writer.awaitWrite("s3://bucket/failed/b", hanging) }
            begun.await()
            write.cancelAndJoin()
            assertThat(ended).isTrue()
            await().until { uploads().none { it.startsWith("failed/") } }
            assertThat(keys("failed/")).isEmpty()
        }
}
