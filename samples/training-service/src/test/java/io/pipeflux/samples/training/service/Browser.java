package io.pipeflux.samples.training.service;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import tools.jackson.databind.JsonNode;

/** Headless Chromium, driven by chromedriver. Both are looked for on the PATH. */
final class Browser implements AutoCloseable {

    private static final String AXE = "/axe.min.js";

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Returns whether Chromium and its driver are installed. */
    static boolean isInstalled() {
        return find("chromium") != null && find("chromedriver") != null;
    }

    static Browser start() {
        ChromeOptions options = new ChromeOptions();
        options.setBinary(Objects.requireNonNull(find("chromium")));
        options.addArguments("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1440,900");
        if ("root".equals(System.getProperty("user.name"))) {
            options.addArguments("--no-sandbox"); // Chromium refuses to run as root otherwise
        }
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(Objects.requireNonNull(find("chromedriver")))
                .usingAnyFreePort()
                .build();
        return new Browser(new ChromeDriver(service, options));
    }

    private static @Nullable File find(String program) {
        return Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator))
                .map(directory -> new File(directory, program))
                .filter(File::canExecute)
                .findFirst()
                .orElse(null);
    }

    void open(String uri) {
        driver.get("about:blank"); // else only the part after # changes, and nothing is loaded
        driver.get(uri);
    }

    void reload() {
        driver.navigate().refresh();
    }

    String address() {
        return String.valueOf(driver.getCurrentUrl());
    }

    /** Sets the size of the window as a telephone or a monitor has it, and the colour scheme. */
    void emulate(int width, int height, String scheme) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 700));
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Says whether the user wants less motion. */
    void reduceMotion(boolean reduced) {
        String value = reduced ? "reduce" : "no-preference";
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-reduced-motion", "value", value))));
    }

    /** Shows another tab in front of the page while something is done. */
    void hidden(Runnable work) {
        String page = driver.getWindowHandle();
        driver.switchTo().newWindow(WindowType.TAB);
        try {
            work.run();
        } finally {
            driver.close();
            driver.switchTo().window(page);
        }
    }

    /** Returns what a function body returns in the page. */
    @Nullable
    Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** Returns what a function body passes to its function {@code done}. */
    @Nullable
    Object wait(String script, Object... arguments) {
        return driver.executeAsyncScript("const done = arguments[arguments.length - 1];" + script, arguments);
    }

    long number(String script, Object... arguments) {
        return ((Number) Objects.requireNonNull(run(script, arguments), script)).longValue();
    }

    /** Returns the text of the first element, or nothing if there is none. */
    String text(String css) {
        return String.valueOf(run("return document.querySelector(arguments[0])?.textContent ?? ''", css));
    }

    boolean isVisible(String css) {
        return Boolean.TRUE.equals(run("return document.querySelector(arguments[0])?.checkVisibility() ?? false", css));
    }

    long count(String css) {
        return number("return document.querySelectorAll(arguments[0]).length", css);
    }

    WebElement find(By place) {
        return driver.findElement(place);
    }

    /** Clicks the visible button or link with a text. */
    void click(String text) {
        driver.findElements(By.xpath("//*[self::button or self::a][normalize-space()='" + text + "']")).stream()
                .filter(WebElement::isDisplayed)
                .findFirst()
                .orElseThrow(
                        () -> new AssertionError("expected a visible button or link \"" + text + "\", but got none"))
                .click();
    }

    /** Types into the field with a label, instead of what it has. */
    void type(String path, String value) {
        WebElement field = find(By.cssSelector("[data-path='" + path + "']"));
        field.clear();
        field.sendKeys(value);
    }

    /** Returns what axe-core finds, one line for each rule that is broken. */
    @SuppressWarnings("unchecked")
    List<String> violations() throws IOException {
        try (InputStream in = Objects.requireNonNull(Browser.class.getResourceAsStream(AXE), AXE)) {
            driver.executeScript(new String(in.readAllBytes(), StandardCharsets.UTF_8) + "; window.axe = axe;");
        }
        return (List<String>) Objects.requireNonNull(driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run().then((found) => done(found.violations.map((rule) =>
                    rule.impact + " " + rule.id + ": " + rule.nodes.map((node) => node.target).join(", "))));
                """));
    }

    /** Returns the errors and warnings of the console since the last call. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    /** Returns the addresses that were requested since the last call, of all but the browser itself. */
    List<String> requests() {
        return driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
                .map(LogEntry::getMessage)
                .map(message -> Json.read(message, JsonNode.class).get("message"))
                .filter(message -> message.get("method").stringValue().equals("Network.requestWillBeSent"))
                .map(message -> message.get("params").get("request").get("url").stringValue())
                .filter(url -> !url.startsWith("about:"))
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
