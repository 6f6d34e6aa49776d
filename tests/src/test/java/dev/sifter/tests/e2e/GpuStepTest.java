package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.kernels.gpu.DeviceBuffer;
import dev.sifter.kernels.gpu.DeviceSlice;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.RecordingGpu;
import dev.sifter.kernels.gpu.RecordingGpu.Event;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.model.Json;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import dev.sifter.train.trainer.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training step asks of its device, and that graphs change nothing of what it computes. */
class GpuStepTest {
  private static final int STEPS = 6;
  private static final int LAYERS = 2;

  /** Losses, entropies and arg-maxes of the micro-batch; the norm of all gradients. */
  private static final int DOWNLOADS = 4;

  /** Forward and backward: 64, 128 and some more launches; norm and update: a few. */
  private static final int GRAPHS = 4;

  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void prepare() {
    model = new TinyModel(LAYERS, 64).write(folder.resolve("model"));
  }

  /** What a run left: its events before the first step, of each step, and at its end. */
  private record Recorded(List<List<Event>> steps, byte[] weights, String report) {
    List<Event> step(int number) {
      return steps.get(number);
    }

    List<Event> all() {
      return steps.stream().flatMap(List::stream).toList();
    }
  }

  @Test
  void aStepLaunchesWhatFitsInItsOrderAndTakesNoMemory() {
    Recorded run = run("recorded", data("once.jsonl", 4, 4), emulator());
    assertMemoryIsUsedWhileItIsHeld(run.all());
    List<Event> last = run.step(STEPS);
    assertThat(of(Event.Allocate.class, last)).as("memory taken in a later step").isEmpty();
    assertThat(of(Event.Free.class, last)).isEmpty();
    assertThat(of(Event.Load.class, last)).isEmpty();
    assertThat(of(Event.CopyToHost.class, last)).hasSize(DOWNLOADS);

    List<String> kernels = names(run.step(1));
    assertThat(kernels.getFirst()).as("first comes the embedding").startsWith("gather");
    assertThat(count(kernels, "flash_attention_heads")).as("forward").isEqualTo(LAYERS);
    assertThat(count(kernels, "flash_attention_query_gradient")).isEqualTo(LAYERS);
    assertThat(count(kernels, "flash_attention_key_gradient")).isEqualTo(LAYERS);
    assertThat(count(kernels, "cross_entropy")).isOne();
    assertThat(kernels.subList(first(kernels, "square_sum"), kernels.size()))
        .as("norm and update of all adapters")
        .extracting(name -> name.replaceAll("_(x|of|gradient)_.*", ""))
        .containsExactly("square_sum", "pair_sum", "clip_factor", "adam_w");
    assertThat(Stream.of("gather", "rms_norm_", "rope", "flash_attention_heads", "cross_entropy"))
        .as("forward, down to the loss")
        .isSortedAccordingTo((a, b) -> Integer.compare(first(kernels, a), first(kernels, b)));
    assertThat(
            Stream.of(
                "cross_entropy",
                "rms_norm_backward",
                "flash_attention_query_gradient",
                "flash_attention_key_gradient",
                "square_sum",
                "adam_w"))
        .as("backward, norm, update")
        .isSortedAccordingTo((a, b) -> Integer.compare(first(kernels, a), first(kernels, b)));
  }

  /** Equal batches, but for the order of their rows. */
  @Test
  void equalStepsAreReplayedToTheSameBits() {
    Path data = data("equal.jsonl", 2, 1);
    Recorded replayed = run("replayed", data, emulator());
    Recorded launched = run("launched", data, LosingGpu.withoutGraphs(emulator()));
    assertThat(replayed.weights).isEqualTo(launched.weights);

    for (int step = 4; step <= STEPS; step++) {
      List<Event> events = replayed.step(step);
      assertThat(names(events)).as("launched by itself in step %d", step).isEmpty();
      assertThat(of(Event.CopyToDevice.class, events)).isEmpty();
      assertThat(of(Event.CaptureBegin.class, events)).isEmpty();
      assertThat(of(Event.Replay.class, events)).hasSize(GRAPHS);
      assertThat(of(Event.CopyToHost.class, events)).hasSize(DOWNLOADS);
    }
    assertThat(replayed.report)
        .matches("\\d+ of \\d+ launches, products and copies replayed from .*");
    assertThat(launched.report).contains("launched one by one").contains("takes no graphs");
    assertThat(of(Event.Replay.class, launched.all())).isEmpty();
  }

  /** Batches of other lengths are launched one by one until they come again. */
  @Test
  void otherLengthsFallBackToLaunches() {
    Path data = data("other.jsonl", 8, 8);
    Recorded replayed = run("replayed-other", data, emulator());
    Recorded launched = run("launched-other", data, LosingGpu.withoutGraphs(emulator()));
    assertThat(replayed.weights).isEqualTo(launched.weights);
    assertThat(names(replayed.step(3)).size()).isGreaterThan(names(replayed.step(1)).size() / 2);
  }

  private static Gpu emulator() {
    return new EmulatedGpu(EmulatorOptions.defaults().withCores(2));
  }

  /** Conversations of some lengths in turn, two to a batch. */
  private static Path data(String name, int count, int lengths) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ObjectNode row = Json.mapper().createObjectNode();
      String words = String.join(" ", Collections.nCopies(2 + 3 * (i % lengths), "sun"));
      row.put("prompt", "say it").put("completion", words);
      lines.add(row.toString());
    }
    try {
      return Files.write(folder.resolve(name), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Recorded run(String name, Path data, Gpu gpu) {
    RecordingGpu recorder = new RecordingGpu(gpu);
    GpuBackend backend =
        new GpuBackend("emulator", new GpuDevices.Choice<>(recorder, "a test's"), DType.BF16);
    SftConfig config = TinyRun.config(model, data, folder.resolve(name), true);
    config.maxSteps = STEPS;
    config.gradientAccumulationSteps = 1;
    List<List<Event>> steps = new ArrayList<>();
    String report;
    try (SftRun run =
        SftRun.on(
            new Backends.Choice(backend, "a test's"), config, null, PreparationListener.NONE)) {
      run.addListener(
          new TrainingListener() {
            @Override
            public void started(long step, long maxSteps) {
              steps.add(recorder.events());
              recorder.clear();
            }

            @Override
            public void stepDone(long step, double loss) {
              steps.add(recorder.events());
              recorder.clear();
            }
          });
      run.run();
      report = backend.report();
    }
    steps.add(recorder.events());
    return new Recorded(steps, TinyRun.weights(Path.of(config.outputDir)), report);
  }

  /**
   * Follows a log from its beginning: no launch, copy or fill touches memory that is not held, each
   * launch has blocks and the arguments that its kernel declares, and all memory is given back.
   */
  private static void assertMemoryIsUsedWhileItIsHeld(List<Event> log) {
    Set<DeviceBuffer> held = new HashSet<>();
    for (Event event : log) {
      switch (event) {
        case Event.Allocate(DeviceBuffer buffer) -> assertThat(held.add(buffer)).isTrue();
        case Event.Free(DeviceBuffer buffer) ->
            assertThat(held.remove(buffer)).as("%s is held", buffer).isTrue();
        case Event.Launch launch -> {
          assertThat((long) launch.grid().x() * launch.grid().y() * launch.grid().z()).isPositive();
          assertThat(launch.arguments()).hasSameSizeAs(launch.kernel().parameters());
          launch.arguments().forEach(argument -> assertHeld(argument, held));
        }
        case Event.CopyToDevice(DeviceSlice target) -> assertHeld(target, held);
        case Event.CopyToHost(DeviceSlice source) -> assertHeld(source, held);
        default -> {
          // Neither takes nor touches memory.
        }
      }
    }
    assertThat(held).as("buffers not freed").isEmpty();
  }

  private static void assertHeld(Object argument, Set<DeviceBuffer> held) {
    if (argument instanceof DeviceSlice slice) {
      assertThat(held).contains(slice.buffer());
    }
  }

  private static <T extends Event> List<T> of(Class<T> type, List<Event> events) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private static List<String> names(List<Event> events) {
    return of(Event.Launch.class, events).stream().map(launch -> launch.kernel().name()).toList();
  }

  private static long count(List<String> kernels, String prefix) {
    return kernels.stream().filter(name -> name.startsWith(prefix)).count();
  }

  private static int first(List<String> kernels, String prefix) {
    for (int i = 0; i < kernels.size(); i++) {
      if (kernels.get(i).startsWith(prefix)) {
        return i;
      }
    }
    throw new AssertionError("no kernel " + prefix + " among " + kernels);
  }
}
