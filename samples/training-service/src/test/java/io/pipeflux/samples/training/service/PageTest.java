package io.pipeflux.samples.training.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pipeflux.core.suite.ForkedJvm;
import io.pipeflux.samples.training.service.HeldTrainer.Place;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page in headless Chromium, over the service and an S3 server of small data. */
@Tag("browser")
@EnabledIf("isInstalled")
class PageTest extends ServiceTest {

    private static final int FOR_LONG = 10_000;
    private static final String STATE = "main .job-title .state";
    private static final String STEP = ".figures div:nth-child(3) dd";

    private static final String PHASE = ".figures div:nth-child(1) dd";
    private static final String EPOCH = ".figures div:nth-child(2) dd";

    private static final String ANIMATIONS =
            "return document.getAnimations().filter((each) => each.playState === 'running').length";

    private static Browser browser;

    private TrainingServer server;
    private boolean complaintsAreExpected;
    private String own = "";

    static boolean isInstalled() {
        if (!Browser.isInstalled()) {
            System.out.println("SKIPPED: tests of the service's page, neither chromium nor chromedriver may be missing"
                    + " on the PATH (Debian: apt-get install chromium chromium-driver)");
            return false;
        }
        return true;
    }

    @BeforeAll
    static void startBrowser() {
        browser = Browser.start();
    }

    @AfterAll
    static void stopBrowser() {
        browser.close();
    }

    @BeforeEach
    void listen() {
        server = listen(0, 200);
        own = uri("");
        browser.emulate(1440, 900, "light");
        browser.complaints();
        browser.requests();
    }

    private TrainingServer listen(int port, int streams) {
        return TrainingServer.start(
                jobs,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                Map.of(
                        "channels", Map.of("train", store.uri("train/"), "eval", store.uri("eval/")),
                        "schema",
                                List.of(
                                        new ColumnSpec("data", ColumnSpec.Kind.raw, "float64", List.of(FEATURES)),
                                        new ColumnSpec("labels", ColumnSpec.Kind.int64, null, List.of()))),
                streams,
                metrics);
    }

    /** No error in the console, and no request to anybody else, whatever the test has done. */
    @AfterEach
    void stop() {
        List<String> complaints = browser.complaints();
        List<String> requests = browser.requests();
        browser.open("about:blank");
        server.close().block();
        if (!complaintsAreExpected) {
            assertThat(complaints).isEmpty();
        }
        assertThat(requests).isNotEmpty().allSatisfy(url -> assertThat(url).startsWith(own));
    }

    private String uri(String route) {
        return "http://127.0.0.1:" + server.address().getPort() + "/" + route;
    }

    private String openJob(String id) {
        browser.open(uri("#/jobs/" + id));
        return id;
    }

    private String openLongJob() {
        return openJob(submit(request(FOR_LONG)).id());
    }

    private static long step() {
        String digits = browser.text(STEP).replace(",", "");
        return digits.matches("\\d+") ? Long.parseLong(digits) : 0;
    }

    private static void awaitShown(String state) {
        await().until(() -> browser.text(STATE).equals(state));
    }

    private static void awaitSteps() {
        long before = step();
        await().until(() -> step() > before);
    }

    private String shownJob() {
        await().until(() -> browser.address().contains("#/jobs/"));
        return browser.address().replaceFirst(".*#/jobs/", "");
    }

    @Test
    void aJobIsStartedFromTheFormAndWatchedToItsEnd() {
        browser.open(uri(""));
        await().until(() -> browser.isVisible("#jobs-empty"));
        browser.click("New job");
        await().until(() -> browser.count("form.start") == 1);
        browser.type("name", "from the form");
        browser.type("epochs", "3");
        browser.click("Start");

        String id = shownJob();
        awaitShown("done");
        assertThat(state(id)).isEqualTo(JobState.done);
        assertThat(browser.text("main h2")).isEqualTo("from the form");
        assertThat(browser.text(".progress-percent")).isEqualTo("100\u00a0%");
        assertThat(browser.text(STEP)).isEqualTo(Long.toString(detail(id).job().step()));
        await().until(() -> browser.count(".charts canvas") == 4);
        assertThat(browser.count("main table tbody tr")).isGreaterThanOrEqualTo(3);
        // epochs are counted from 0, as in the log and in JSON
        assertThat(browser.text(EPOCH)).isEqualTo("2 of 0–2");
        assertThat(browser.run("return [...document.querySelectorAll('section[aria-labelledby=epochs-title] tbody"
                        + " tr td:first-child')].map((e) => e.textContent)"))
                .isEqualTo(List.of("2", "1", "0"));
        assertThat(browser.text("main pre")).contains("epoch 2: ");
        assertThat(browser.text(PHASE)).isEqualTo("–");
        assertThat(browser.text("main pre")).isNotEmpty();
        await().until(() -> browser.text("#jobs a[aria-current] .state").equals("done"));
        assertThat(browser.text("#jobs a[aria-current]")).contains("from the form");
    }

    @Test
    void whatTheServiceRefusesIsShownBesideItsField() {
        browser.open(uri("#/new"));
        await().until(() -> browser.count("form.start") == 1);
        browser.type("channels.train.uri", "file:///etc/passwd");
        browser.click("Start");

        await().until(() -> browser.isVisible("#field-channels-train-uri-problem"));
        assertThat(browser.text("#field-channels-train-uri-problem")).contains("expected s3://", "file:///etc/passwd");
        assertThat(browser.count("[aria-invalid=true]")).isOne();
        assertThat(browser.run("return document.activeElement.id")).isEqualTo("field-channels-train-uri");

        browser.type("channels.train.uri", store.uri("train/"));
        browser.type("hyperParameters.learning-rate", "much");
        browser.click("Start");
        await().until(() -> browser.isVisible("#field-hyperParameters-learning-rate-problem"));
        assertThat(browser.isVisible("#field-channels-train-uri-problem")).isFalse();
        assertThat(jobs.jobs().block()).isEmpty();
        complaintsAreExpected = true; // the console names each status 400
    }

    @Test
    void aRunningJobShowsWhereItsPipelineWaits() {
        openLongJob();
        awaitShown("running");
        awaitSteps();
        await().until(() -> browser.count(".pipeline .step") == 7);
        assertThat(browser.run("return [...document.querySelectorAll('.step-title')].map((e) => e.textContent)"))
                .isEqualTo(List.of("S3", "Window", "Pipe", "Decode", "Queue", "Batches", "Trainer"));
        assertThat(browser.text(".where")).isNotEmpty();
    }

    @Test
    void anEvaluationIsShownAsOneAndAPauseBeginsAfterIt() throws Exception {
        String id = openJob(submit(heldRequest(Place.SCORE, "pipe", 2)).id());
        heldInScore.awaitHeld();
        await().until(() -> browser.text(PHASE).equals("evaluation"));
        await().until(() -> browser.text(".where").contains("evaluated after epoch 0"));
        assertThat(browser.text(".where")).contains("At work: ", "Trainer");
        browser.click("Pause");
        awaitShown("paused");
        await().until(() -> browser.text(".where").contains("The pause begins when the evaluation has ended."));
        heldInScore.letGo();
        await().until(() -> browser.text(".where").startsWith("Paused: "));
        await().until(() -> browser.text(PHASE).equals("–")); // after the checkpoint of the pause
        browser.click("Resume");
        awaitShown("done");
        assertThat(state(id)).isEqualTo(JobState.done);
    }

    @Test
    void aJobIsPausedResumedAndCancelled() {
        String id = openLongJob();
        awaitShown("running");
        browser.click("Pause");
        awaitShown("paused");
        assertThat(state(id)).isEqualTo(JobState.paused);
        browser.click("Resume");
        awaitShown("running");
        awaitSteps();

        browser.click("Cancel job");
        await().until(() -> browser.isVisible("dialog[open]"));
        browser.click("Keep training");
        await().until(() -> browser.count("dialog") == 0);
        assertThat(state(id)).isEqualTo(JobState.running);

        browser.click("Cancel job");
        await().until(() -> browser.isVisible("dialog[open]"));
        browser.find(By.cssSelector("dialog .danger")).click();
        awaitShown("cancelled");
        assertThat(state(id)).isEqualTo(JobState.cancelled);
        await().until(() -> browser.text("#announcer").contains("is cancelled"));
    }

    @Test
    void aJobIsCancelledByKeyboardAlone() {
        openLongJob();
        awaitShown("running");
        browser.find(By.cssSelector(".job-head .danger")).sendKeys(Keys.ENTER);
        await().until(() -> browser.isVisible("dialog[open]"));
        browser.find(By.cssSelector("dialog button")).sendKeys(Keys.ESCAPE);
        await().until(() -> browser.count("dialog") == 0);
        assertThat(browser.text(STATE)).isEqualTo("running");
        browser.find(By.cssSelector(".job-head .danger")).sendKeys(Keys.ENTER);
        await().until(() -> browser.isVisible("dialog[open]"));
        browser.find(By.cssSelector("dialog .danger")).sendKeys(Keys.ENTER);
        awaitShown("cancelled");
    }

    @Test
    void aReloadInMidJobShowsItAgain() {
        openLongJob();
        awaitShown("running");
        awaitSteps();
        long before = step();
        browser.reload();
        await().until(() -> browser.text(STATE).equals("running") && step() >= before);
        awaitSteps();
        await().until(() -> browser.count(".charts canvas") == 4);
    }

    @Test
    void aRestartOfTheServiceInMidJobIsSurvivedAndSaid() {
        complaintsAreExpected = true;
        openLongJob();
        awaitShown("running");
        awaitSteps();
        int port = server.address().getPort();
        server.close().block();
        jobs.close().block();
        await().until(() -> browser.isVisible("#banner[data-kind=lost]"));
        assertThat(browser.text("#banner")).contains("tries again by itself");

        jobs = open(directory);
        server = listen(port, 200);
        await().until(() -> browser.isVisible("#banner[data-kind=back]"));
        assertThat(browser.text("#banner")).startsWith("Connected again at ");
        awaitShown("running");
        awaitSteps();
    }

    @Test
    void afterAKillInMidJobItIsWatchedAgain() throws Exception {
        complaintsAreExpected = true;
        Path killed = directory.resolve("killed");
        URI base;
        try (ForkedJvm service = ServiceProcess.start(killed, store.endpoint(), 0)) {
            base = ServiceProcess.base(service);
            own = base.toString();
            browser.open(own);
            String answer = String.valueOf(browser.wait("""
                    fetch("/jobs", {method: "POST", headers: {"content-type": "application/json"}, body: arguments[0]})
                        .then((answer) => answer.json()).then((job) => done(job.id));
                    """, request(FOR_LONG)));
            browser.open(own + "#/jobs/" + answer);
            awaitShown("running");
            awaitSteps();
            service.kill();
            await().until(() -> browser.isVisible("#banner[data-kind=lost]"));
        }
        long before = step();
        try (ForkedJvm service = ServiceProcess.start(killed, store.endpoint(), base.getPort())) {
            ServiceProcess.base(service);
            await().until(() -> browser.isVisible("#banner[data-kind=back]"));
            awaitShown("running");
            await().until(() -> step() > before);
            // the log's line of this may have left the page: each epoch adds one
            await().until(() -> browser.text("main .facts").contains("Resumed from step"));
            browser.open("about:blank");
        }
    }

    @Test
    void aHiddenTabHoldsNoStreamAndCatchesUp() {
        openLongJob();
        awaitShown("running");
        awaitSteps();
        await().until(() -> streams() == 2);
        long before = step();
        browser.hidden(() -> await().until(() -> streams() == 0));
        await().until(() -> streams() == 2);
        await().until(() -> step() > before);
        assertThat(browser.text("#link")).isEqualTo("Live");
    }

    private double streams() {
        return metrics.registry().get("pipeflux.service.streams").gauge().value();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whereAStreamIsRefusedTheFiguresAreFetchedAndThatIsSaid(int most) {
        complaintsAreExpected = true; // the console names the status 503
        server.close().block();
        server = listen(server.address().getPort(), most);
        openLongJob();
        awaitShown("running");
        await().until(() -> browser.text("#link").startsWith("Refreshed every "));
        assertThat(browser.isVisible("#banner")).isFalse();
        awaitSteps();
        awaitSteps();
        int port = server.address().getPort();
        server.close().block();
        server = listen(port, 2);
        await().until(() -> browser.text("#link").equals("Live"));
        awaitSteps();
    }

    @Test
    void whoWantsLessMotionSeesNone() {
        openLongJob();
        awaitShown("running");
        browser.reduceMotion(false);
        await().until(() -> browser.number(ANIMATIONS) > 0);
        browser.reduceMotion(true);
        await().until(() -> browser.number(ANIMATIONS) == 0);
        awaitSteps();
        assertThat(browser.number(ANIMATIONS)).isZero();
        assertThat(browser.run("return getComputedStyle(document.querySelector('.progress-done')).transitionDuration"))
                .isEqualTo("0s");
    }

    @Test
    void twentyJobsAreListedInANarrowWindow() {
        browser.emulate(360, 740, "light");
        for (int i = 0; i < 20; i++) {
            submit(request(FOR_LONG).replace("a job", "a job with a name that is rather long, number " + i));
        }
        browser.open(uri(""));
        await().until(() -> browser.count("#jobs li") == 20);
        assertThat(browser.number("return document.documentElement.scrollWidth - window.innerWidth"))
                .isLessThanOrEqualTo(0);
        assertThat(browser.number("""
                return [...document.querySelectorAll('#jobs li, #jobs .state, #jobs .job-name')]
                    .filter((e) => { const r = e.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth; }).length
                """)).isZero();
        WebElement last = browser.find(By.cssSelector("#jobs li:last-child a"));
        browser.run("arguments[0].scrollIntoView()", last);
        last.click();
        await().until(() -> browser.text("main h2").endsWith("number 0"));
    }

    @Test
    void twentyJobsAreListedAndEnd() {
        browser.open(uri(""));
        for (int i = 0; i < 20; i++) {
            submit(request(i % 2 == 0 ? "pipe" : "file", store.uri("train/"), 2));
        }
        await().until(() -> browser.count("#jobs li") == 20);
        await().until(() -> browser.count("#jobs .state[data-state=done]") == 20);
    }

    @Test
    void fileModeIsComparedWithPipeModeOnceBothHaveRun() {
        String pipe = submit(request("pipe", store.uri("train/"), 3)).id();
        String file = submit(request("file", store.uri("train/"), 3)).id();
        awaitState(pipe, JobState.done);
        awaitState(file, JobState.done);
        openJob(pipe);
        await().until(() -> browser.isVisible(".compare"));
        await().until(() -> browser.count(".compare canvas") == 1);
        assertThat(browser.text(".compare .where")).startsWith("Pipe mode ");
    }

    @Test
    void aJobThatIsUnknownIsNamed() {
        complaintsAreExpected = true; // the console names the status 404
        openJob("no-such-job");
        await().until(() -> browser.text("main").contains("The service has no job no-such-job"));
    }

    /** Names of jobs come from anybody: they are shown as text. */
    @Test
    void aNameWithMarkupIsText() {
        String name = "<img src=x onerror=document.title='broken'>";
        String request = request(1).replace("a job", name);
        openJob(submit(request).id());
        await().until(() -> browser.text("main h2").equals(name));
        assertThat(browser.count("main h2 img, #jobs img")).isZero();
    }

    @ParameterizedTest
    @CsvSource({"light, 1440", "dark, 1440", "light, 360", "dark, 360"})
    void axeFindsNothing(String scheme, int width) throws Exception {
        browser.emulate(width, 800, scheme);
        openLongJob();
        awaitShown("running");
        awaitSteps();
        assertThat(browser.violations()).isEmpty();
        browser.open(uri("#/new"));
        await().until(() -> browser.count("form.start") == 1);
        assertThat(browser.violations()).isEmpty();
        browser.open(uri(""));
        await().until(() -> browser.count("#jobs li") == 1);
        assertThat(browser.violations()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {360, 820, 1440})
    void nothingIsWiderThanTheWindow(int width) {
        browser.emulate(width, 740, "light");
        String id = openLongJob();
        awaitShown("running");
        awaitSteps();
        for (String route : List.of("#/jobs/" + id, "#/new", "")) {
            browser.open(uri(route));
            await().until(() -> browser.count("#jobs li") == 1 && browser.count("main h2") == 1);
            assertThat(browser.number("return document.documentElement.scrollWidth - window.innerWidth"))
                    .as("%s at %d pixels", route, width)
                    .isLessThanOrEqualTo(0);
        }
    }
}
