package io.pipeflux.samples.training.images;

import io.pipeflux.core.RawRecord;
import io.pipeflux.core.ResumePoint;
import io.pipeflux.core.SchemaMismatchException;
import io.pipeflux.records.batch.Column;
import io.pipeflux.records.batch.ColumnBatch;
import io.pipeflux.records.batch.DType;
import io.pipeflux.records.rows.Field;
import io.pipeflux.records.rows.Row;
import io.pipeflux.records.rows.RowGroups;
import io.pipeflux.records.rows.RowSchema;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Decodes images of any format that ImageIO reads, such as JPEG and PNG, and resizes them. Each row has the fields
 * {@code image} and {@code class}. Instances are immutable and thread-safe. The threads that decode must be allowed to
 * block, because ImageIO loads its readers from files.
 */
public final class ImageDecoder {

    private static final RowSchema ROWS = RowGroups.of(Field.bytes("image"), Field.int64("class"));
    private static final int CHANNELS = 3;

    private final int height;
    private final int width;

    private ImageDecoder(int height, int width) {
        this.height = height;
        this.width = width;
    }

    /** Returns a decoder that resizes images to this height and width in pixels. */
    public static ImageDecoder of(int height, int width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("expected height and width >= 1, but got " + height + " x " + width);
        }
        return new ImageDecoder(height, width);
    }

    /** Returns the schema of rows that consist of two records: an image and its class. */
    public static RowSchema rows() {
        return ROWS;
    }

    /**
     * An image and its class.
     *
     * @param pixels height x width x 3 bytes: red, green and blue of each pixel, row by row
     * @param resumeAt the point from which reading can resume after this image
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Image(byte[] pixels, long label, ResumePoint resumeAt) {}

    /** Decodes one row. */
    public Image decode(RawRecord record) {
        Row row = ROWS.row(record);
        return new Image(pixels(resized(read(row))), row.int64("class"), record.resumeAt());
    }

    private static BufferedImage read(Row row) {
        RawRecord record = row.record();
        ByteBuffer bytes = row.bytes("image");
        BufferedImage image;
        try {
            InputStream in = new ByteArrayInputStream(bytes.array(), bytes.arrayOffset(), bytes.remaining());
            // for a plain InputStream, ImageIO would create a temporary file
            image = ImageIO.read(new MemoryCacheImageInputStream(in));
        } catch (IOException | RuntimeException e) {
            // ImageIO throws many kinds of exceptions for damaged images
            throw notAnImage(record, e);
        }
        if (image == null) {
            throw notAnImage(record, null);
        }
        return image;
    }

    private static SchemaMismatchException notAnImage(RawRecord record, @Nullable Exception cause) {
        return SchemaMismatchException.of(
                "expected an image that ImageIO reads, but got other bytes", record.source(), record.position(), cause);
    }

    private BufferedImage resized(BufferedImage image) {
        BufferedImage resized = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = resized.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return resized;
    }

    private byte[] pixels(BufferedImage image) {
        int[] rgb = image.getRGB(0, 0, width, height, null, 0, width);
        byte[] pixels = new byte[rgb.length * CHANNELS];
        for (int i = 0; i < rgb.length; i++) {
            pixels[CHANNELS * i] = (byte) (rgb[i] >> 16);
            pixels[CHANNELS * i + 1] = (byte) (rgb[i] >> 8);
            pixels[CHANNELS * i + 2] = (byte) rgb[i];
        }
        return pixels;
    }

    /**
     * Returns a batch with two columns: "image" (UINT8, rows x height x width x 3) and "labels" (INT64, one per row).
     */
    public ColumnBatch batch(List<Image> images) {
        int rows = images.size();
        ByteBuffer pixels = ByteBuffer.allocate(rows * height * width * CHANNELS);
        ByteBuffer labels = ByteBuffer.allocate(rows * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Image image : images) {
            pixels.put(image.pixels());
            labels.putLong(image.label());
        }
        return ColumnBatch.of(
                List.of(
                        Column.of("image", DType.UINT8, new int[] {rows, height, width, CHANNELS}, pixels.flip()),
                        Column.of("labels", DType.INT64, new int[] {rows}, labels.flip())),
                images.get(rows - 1).resumeAt());
    }
}
