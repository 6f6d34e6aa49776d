package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.engine.Backends;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.Callbacks;
import dev.sifter.train.trainer.EvalMetrics;
import dev.sifter.train.trainer.StepMetrics;
import dev.sifter.train.trainer.TrainingControl;
import dev.sifter.train.trainer.TrainingListener;
import dev.sifter.train.trainer.TrainingSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listeners of a user's own: what they are told, and what they can ask for. */
class CallbacksTest {
  private static final Path PAGE =
      Path.of(System.getProperty("sifter.root", ".")).resolve("docs/callbacks.md");

  @TempDir static Path folder;
  private static Path model;
  private static Path data;

  @BeforeAll
  static void makeModel() {
    model = TinyModel.SMALLEST.write(folder.resolve("model"));
    data = TinyModel.writeConversations(folder.resolve("data.jsonl"), 8);
  }

  /** Two steps an epoch, six in all, evaluations and checkpoints far apart. */
  private static SftConfig config(String name) {
    SftConfig config = TinyRun.config(model, data, folder.resolve(name), true);
    config.evalDataset = List.of(data.toString());
    config.checkEvalOverlap = false;
    config.evalStrategy = "steps";
    config.evalSteps = 100;
    config.saveStrategy = "steps";
    config.saveSteps = 100;
    return config;
  }

  /** The page's own example, compiled as the page says. */
  @Test
  void theExampleOfThePageRuns() throws IOException {
    Path classes = compile("GoodEnough", example());
    SftConfig config = config("example");
    config.callbacks = List.of("GoodEnough");
    config.callbackPath = List.of(classes.toString());
    TrainingSummary summary = TinyRun.run(config, false);
    assertThat(summary.globalStep()).isEqualTo(3);
    assertThat(summary.stopReason()).isEqualTo("the evaluation loss is below 100");
    assertThat(folder.resolve("example/checkpoint-3")).isDirectory();
  }

  private static String example() throws IOException {
    String page = Files.readString(PAGE);
    int start = page.indexOf("```java\n") + "```java\n".length();
    return page.substring(start, page.indexOf("```", start));
  }

  private static Path compile(String name, String source) throws IOException {
    Path sources = Files.createDirectories(folder.resolve("sources"));
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path file = Files.writeString(sources.resolve(name + ".java"), source);
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                file.toString());
    assertThat(failed).isZero();
    return classes;
  }

  /** Writes down what it is told. */
  private static final class Scribe implements TrainingListener {
    private final List<String> events = new ArrayList<>();

    @Override
    public void attached(TrainingControl control) {
      events.add("attached at " + control.globalStep() + " of " + control.maxSteps());
    }

    @Override
    public void started(long firstStep, long maxSteps) {
      events.add("started");
    }

    @Override
    public void stepDone(long step, double loss) {
      events.add("step " + step);
    }

    @Override
    public void logged(StepMetrics metrics) {
      events.add("logged " + metrics.step());
    }

    @Override
    public void evaluated(long step, EvalMetrics metrics) {
      events.add("evaluated " + step);
    }

    @Override
    public void checkpointed(long step) {
      events.add("checkpointed " + step);
    }

    @Override
    public void epochEnded(long step, double epoch) {
      events.add("epoch " + epoch);
    }

    @Override
    public void finished(TrainingSummary summary) {
      events.add("finished " + summary.globalStep());
    }
  }

  @Test
  void hearsOfEverythingInOrder() {
    SftConfig config = config("events");
    config.maxSteps = 3;
    config.loggingSteps = 3;
    config.loggingFirstStep = true;
    config.evalOnStart = true;
    Scribe scribe = new Scribe();
    TinyRun.run(config, false, scribe);
    assertThat(scribe.events)
        .containsExactly(
            "attached at 0 of 3",
            "started",
            "evaluated 0",
            "step 1",
            "logged 1",
            "step 2",
            "epoch 1.0",
            "step 3",
            "logged 3",
            "evaluated 3",
            "checkpointed 3",
            "finished 3");
  }

  @Test
  void theFirstEvaluationsCanBeLeftOut() {
    SftConfig config = config("delay");
    config.maxSteps = 6;
    config.evalStrategy = "epoch";
    config.evalDelay = 2;
    config.saveStrategy = "no";
    Scribe scribe = new Scribe();
    TinyRun.run(config, false, scribe);
    assertThat(scribe.events)
        .filteredOn(event -> event.startsWith("evaluated"))
        .containsExactly("evaluated 4", "evaluated 6");
    // As with transformers, also at the last step.
    config.evalDelay = 4;
    config.overwriteOutputDir = true;
    Scribe late = new Scribe();
    TinyRun.run(config, false, late);
    assertThat(late.events).noneMatch(event -> event.startsWith("evaluated"));
  }

  /** When transformers 5.18 logs, evaluates and saves; the last step has a line of the log here. */
  @Test
  void stepsMayBeSharesOfAllSteps() {
    SftConfig config = config("shares");
    config.maxSteps = 10;
    config.loggingSteps = 0.3;
    config.evalSteps = 0.25;
    config.saveSteps = 0.45;
    Scribe scribe = new Scribe();
    TinyRun.run(config, false, scribe);
    assertThat(scribe.events)
        .filteredOn(event -> event.matches("(logged|evaluated|checkpointed).*"))
        .containsExactly(
            "logged 3",
            "evaluated 3",
            "checkpointed 5",
            "logged 6",
            "evaluated 6",
            "logged 9",
            "evaluated 9",
            "logged 10",
            "evaluated 10",
            "checkpointed 10");
  }

  @ParameterizedTest
  @CsvSource({"epoch, logged 2; logged 4; logged 5", "no, logged 1"})
  void theLogFollowsItsStrategy(String strategy, String logged) {
    SftConfig config = config("logging-" + strategy);
    config.maxSteps = 5;
    config.loggingStrategy = strategy;
    config.loggingFirstStep = strategy.equals("no");
    Scribe scribe = new Scribe();
    TinyRun.run(config, false, scribe);
    assertThat(scribe.events)
        .filteredOn(event -> event.startsWith("logged"))
        .containsExactly(logged.split("; "));
  }

  @Test
  void saysWhichClassCannotBeUsed() throws IOException {
    assertRefused("NoSuchClass", "NoSuchClass", "callback_path []");
    assertRefused("java.lang.String", "java.lang.String", "TrainingListener");
    Path classes =
        compile(
            "Hidden",
            "public class Hidden implements dev.sifter.train.trainer.TrainingListener {"
                + " Hidden() {} }");
    SftConfig hidden = config("refused");
    hidden.callbacks = List.of("Hidden");
    hidden.callbackPath = List.of(classes.toString());
    assertThatThrownBy(() -> SftRun.open(hidden, false))
        .hasMessageContaining("Hidden")
        .hasMessageContaining("public constructor without parameters");
    hidden.callbackPath = List.of("no-such.jar");
    assertThatThrownBy(() -> SftRun.open(hidden, false))
        .hasMessageContaining("callback_path names no-such.jar");
  }

  @Test
  void saysWhichClassCannotBeLoaded() throws IOException {
    Path classes =
        compile(
            "Broken",
            "public class Broken implements dev.sifter.train.trainer.TrainingListener {"
                + " static final int X = Integer.parseInt(\"x\"); public Broken() {} }");
    assertRefused(List.of(classes.toString()), "Broken", "cannot be loaded: java.lang.Ex");
    Path inside = Files.createDirectories(folder.resolve("a-package"));
    Files.copy(classes.resolve("Broken.class"), inside.resolve("Other.class"));
    assertRefused(List.of(inside.toString()), "Other", "cannot be loaded", "wrong name: Broken");
  }

  @Test
  void oneThatCannotBeClosedLeavesNoneOpen() throws IOException {
    String fails = "throw new IllegalStateException(\"cannot finish\");";
    String closes = "System.setProperty(\"sifter.test.closed\", \"yes\");";
    Path classes = null;
    for (var close : Map.of("Failing", fails, "Closing", closes).entrySet()) {
      classes =
          compile(
              close.getKey(),
              "public class %s implements dev.sifter.train.trainer.TrainingListener, AutoCloseable {"
                      .formatted(close.getKey())
                  + " public void close() { %s } }".formatted(close.getValue()));
    }
    SftConfig config = config("closed");
    config.callbacks = List.of("Failing", "Closing");
    config.callbackPath = List.of(classes.toString());
    Callbacks callbacks = Callbacks.of(config);
    assertThatThrownBy(callbacks::close).hasMessage("a callback cannot be closed: cannot finish");
    assertThat(System.clearProperty("sifter.test.closed")).isEqualTo("yes");
  }

  /** Neither the model's memory nor the optimizer's. */
  @Test
  void oneThatFailsAtOnceLeavesNoMemory() throws IOException {
    Path classes =
        compile(
            "Refusing",
            "public class Refusing implements dev.sifter.train.trainer.TrainingListener {"
                + " public void attached(dev.sifter.train.trainer.TrainingControl control) {"
                + " throw new IllegalStateException(\"not this run\"); } }");
    SftConfig config = config("leak");
    config.callbacks = List.of("Refusing");
    config.callbackPath = List.of(classes.toString());
    Backends.Choice device = Backends.choose("cpu", 1, config.gpuActivations());
    assertThatThrownBy(() -> SftRun.on(device, config, null, PreparationListener.NONE))
        .hasMessage("not this run");
    device.backend().ledger().assertEmpty();
  }

  private static void assertRefused(String name, String... parts) {
    assertRefused(List.of(), name, parts);
  }

  private static void assertRefused(List<String> path, String name, String... parts) {
    SftConfig config = config("refused");
    config.callbacks = List.of(name);
    config.callbackPath = path;
    var refusal =
        assertThatThrownBy(() -> SftRun.open(config, false))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("callbacks");
    for (String part : parts) {
      refusal.hasMessageContaining(part);
    }
  }
}
