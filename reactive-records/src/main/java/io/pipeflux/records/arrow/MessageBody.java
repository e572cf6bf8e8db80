package io.pipeflux.records.arrow;

import java.nio.ByteBuffer;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.RecordBatch;

/**
 * Reads the nodes and buffers of a record batch, one after the other. The buffers are in the body of the batch's
 * message.
 */
final class MessageBody {

    private final RecordBatch batch;
    private final ByteBuffer body;
    private int nextNode;
    private int nextBuffer;
    private int nextVariadic;

    private MessageBody(RecordBatch batch, ByteBuffer body) {
        this.batch = batch;
        this.body = body;
    }

    /**
     * Returns an instance that is positioned before the first node and buffer.
     *
     * @throws UnsupportedOperationException if the buffers are compressed
     */
    static MessageBody of(RecordBatch batch, ByteBuffer body) {
        if (batch.compression() != null) {
            byte codec = batch.compression().codec();
            throw new UnsupportedOperationException("the record batch has compression (codec "
                    + (codec >= 0 && codec < CompressionType.names.length ? CompressionType.name(codec) : codec)
                    + "), which columns cannot have: write it uncompressed, or compress the whole stream");
        }
        return new MessageBody(batch, body);
    }

    /**
     * Reads the node of the next field, and returns the field's number of nulls.
     *
     * @param length the expected number of values
     * @param orMore whether the field may have more values than {@code length}
     */
    long node(String name, int length, boolean orMore) {
        if (nextNode >= batch.nodesLength()) {
            throw new IllegalArgumentException(name + ": the record batch has no node for it");
        }
        FieldNode node = batch.nodes(nextNode++);
        if (orMore ? node.length() < length : node.length() != length) {
            throw new IllegalArgumentException(name + ": expected " + length + " values, but got " + node.length());
        }
        long nulls = node.nullCount();
        if (nulls < 0 || nulls > node.length()) {
            throw new IllegalArgumentException(
                    name + ": expected from 0 to " + node.length() + " nulls, but got " + nulls);
        }
        return nulls;
    }

    void skipBuffer() {
        nextBuffer++;
    }

    /** Returns whether a next buffer exists and is empty. */
    boolean isNextEmpty() {
        return nextBuffer < batch.buffersLength() && batch.buffers(nextBuffer).length() == 0;
    }

    /** Returns the first {@code needed} bytes of the next buffer. */
    ByteBuffer buffer(String name, long needed) {
        Buffer buffer = next(name);
        if (needed < 0 || needed > buffer.length()) {
            throw new IllegalArgumentException(
                    name + ": expected a buffer of " + needed + " bytes, but got one of " + buffer.length());
        }
        return body.slice((int) buffer.offset(), (int) needed);
    }

    private Buffer next(String name) {
        if (nextBuffer >= batch.buffersLength()) {
            throw new IllegalArgumentException(name + ": the record batch has no buffer for it");
        }
        Buffer buffer = batch.buffers(nextBuffer++);
        long offset = buffer.offset();
        long length = buffer.length();
        if (offset < 0 || length < 0 || length > body.limit() || offset > body.limit() - length) {
            throw new IllegalArgumentException(name + ": its buffer at " + offset + " of " + length
                    + " bytes is not in the body of " + body.limit());
        }
        return buffer;
    }

    /** Returns the buffers with the long strings of the next field. The field's values must be stored as views. */
    ByteBuffer[] variadic(String name) {
        if (nextVariadic >= batch.variadicBufferCountsLength()) {
            throw new IllegalArgumentException(name + ": the record batch has no count of buffers for it");
        }
        long count = batch.variadicBufferCounts(nextVariadic++);
        if (count < 0 || count > batch.buffersLength() - nextBuffer) {
            throw new IllegalArgumentException(name + ": expected from 0 to " + (batch.buffersLength() - nextBuffer)
                    + " buffers of long strings, but got " + count);
        }
        ByteBuffer[] buffers = new ByteBuffer[(int) count];
        for (int i = 0; i < buffers.length; i++) {
            Buffer buffer = next(name);
            buffers[i] = body.slice((int) buffer.offset(), (int) buffer.length());
        }
        return buffers;
    }

    static int count(String what, long count) {
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(what + ": expected from 0 to 2147483647 values, but got " + count);
        }
        return (int) count;
    }
}
