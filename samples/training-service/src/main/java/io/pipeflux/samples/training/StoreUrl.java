package io.pipeflux.samples.training;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts the value of the option {@code --endpoint} to a URI. */
public final class StoreUrl implements ITypeConverter<URI> {

    @Override
    public URI convert(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong(text);
        }
        if (url.getRawUserInfo() != null) {
            throw wrong(text);
        }
        boolean web = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        if (!web || url.getHost() == null) {
            throw wrong(text);
        }
        return url;
    }

    private static TypeConversionException wrong(String text) {
        return new TypeConversionException("expected a URL such as https://HOST:PORT, but got "
                + (text.contains("@") ? "one that may contain a password" : "'" + text + "'"));
    }
}
