package io.pipeflux.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pipeflux.core.ListOrigin;
import io.pipeflux.core.ObjectBytes;
import io.pipeflux.core.channel.ChannelOrder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The attributes of one line of an augmented manifest.
 *
 * @param number the line's number, counted from 1
 * @param values of the attributes in their order: of an {@code -ref} its URI, else what is streamed
 */
record AugmentedLine(long number, List<byte[]> values) {

    static boolean isReference(String attribute) {
        return attribute.endsWith("-ref");
    }

    /** What the line gives: per attribute an object, all with the line's origin. */
    List<ChannelItem> items(S3Uri manifest, List<String> attributes, ListOrigin listOrigin) {
        List<ChannelItem> items = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            byte[] value = values.get(i);
            String attribute = attributes.get(i);
            if (isReference(attribute)) {
                S3Uri uri = S3Uri.parse(new String(value, UTF_8));
                items.add(new S3ObjectRef(uri.bucket(), uri.prefix(), ObjectBytes.UNKNOWN_SIZE, null, listOrigin));
            } else {
                items.add(new InlineBytes(manifest + " line " + number + " " + attribute, value, listOrigin));
            }
        }
        return items;
    }

    /** Holds a line as its number and its values, each behind its length. */
    static final class LinePacking implements ChannelOrder.Packing<AugmentedLine> {

        @Override
        public byte[] pack(AugmentedLine line) {
            int size = Long.BYTES;
            for (byte[] value : line.values) {
                size += Integer.BYTES + value.length;
            }
            ByteBuffer out = ByteBuffer.allocate(size).putLong(line.number);
            for (byte[] value : line.values) {
                out.putInt(value.length).put(value);
            }
            return out.array();
        }

        @Override
        public AugmentedLine unpack(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            long number = in.getLong();
            List<byte[]> values = new ArrayList<>();
            while (in.hasRemaining()) {
                byte[] value = new byte[in.getInt()];
                in.get(value);
                values.add(value);
            }
            return new AugmentedLine(number, values);
        }
    }
}
