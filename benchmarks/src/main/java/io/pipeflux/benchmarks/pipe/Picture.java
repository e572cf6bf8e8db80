package io.pipeflux.benchmarks.pipe;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import javax.imageio.ImageIO;

/** Writes a drawing as SVG, and optionally as PNG. */
final class Picture {

    private Picture() {}

    /** @param png whether to also write a PNG with the same base name */
    static void write(Path svg, int width, int height, boolean png, Consumer<Graphics2D> draw) throws IOException {
        Files.createDirectories(Objects.requireNonNull(svg.toAbsolutePath().getParent()));
        VectorGraphics2D vector = new VectorGraphics2D();
        draw.accept(vector);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        Processors.get("svg")
                .getDocument(vector.getCommands(), new PageSize(width, height))
                .writeTo(text);
        // Two decimal places are precise enough. Dropping the others halves the size of the file.
        Files.writeString(svg, text.toString(StandardCharsets.UTF_8).replaceAll("(\\.\\d\\d)\\d+", "$1"));
        if (png) {
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            Graphics2D pixels = image.createGraphics();
            pixels.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            draw.accept(pixels);
            ImageIO.write(
                    image,
                    "png",
                    Path.of(svg.toString().replaceFirst("\\.svg$", ".png")).toFile());
        }
    }
}
