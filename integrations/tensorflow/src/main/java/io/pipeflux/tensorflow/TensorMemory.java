package io.pipeflux.tensorflow;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.DataStorageVisitor;

/**
 * Provides the memory of a tensor as a buffer. The buffer does not keep the tensor reachable, so the user of the buffer
 * must keep a reference to the tensor.
 */
final class TensorMemory {

    private static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }
    }

    private static final class Find implements DataStorageVisitor<ByteBuffer> {

        @Override
        public ByteBuffer visit(ByteBuffer buffer) {
            return buffer;
        }

        @Override
        public ByteBuffer visit(long address, long length, long scale) {
            return new BytePointer(new Address(address)).capacity(length).asByteBuffer();
        }

        @Override
        public ByteBuffer fallback() {
            throw new IllegalStateException("expected a tensor with an address, but got one whose memory is elsewhere");
        }
    }

    private TensorMemory() {}

    /** Returns all bytes of a tensor. The tensor must not be empty. */
    static ByteBuffer of(Tensor tensor) {
        return tensor.asRawTensor().data().accept(new Find());
    }

    /** Returns the address of the byte at a direct buffer's position. */
    static long address(ByteBuffer direct) {
        return new Pointer(direct.position() == 0 ? direct : direct.slice()).address();
    }
}
