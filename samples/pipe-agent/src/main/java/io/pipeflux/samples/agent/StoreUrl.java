package io.pipeflux.samples.agent;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts the URL of a store, such as the value of the option {@code --endpoint}, to a URI. */
final class StoreUrl implements ITypeConverter<URI> {

    private static final int LAST_PORT = 65_535;
    private static final Pattern USER = Pattern.compile("//[^/?#]*@");

    @Override
    public URI convert(String text) {
        try {
            return parse(text);
        } catch (InputException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /**
     * Returns the URL.
     *
     * @throws InputException if a client cannot send requests to this URL. The message contains no password
     */
    static URI parse(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            throw wrong("", text);
        }
        if (url.getRawUserInfo() != null) {
            throw wrong(" without a user and a password, because requests are signed with the AWS credentials", text);
        }
        boolean web = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        boolean more = url.getRawQuery() != null || url.getRawFragment() != null;
        if (!web || more || url.getHost() == null || url.getPort() > LAST_PORT || url.getPort() == 0) {
            throw wrong("", text);
        }
        return url;
    }

    private static InputException wrong(String detail, String text) {
        return new InputException("expected http(s)://HOST[:PORT][/PATH]" + detail + ", but got '"
                + USER.matcher(text).replaceFirst("//...@") + "'");
    }
}
