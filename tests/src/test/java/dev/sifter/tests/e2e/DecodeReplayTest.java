package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.gpu.GpuBackend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.tensor.DType;
import dev.sifter.kernels.gpu.Gpu;
import dev.sifter.kernels.gpu.GpuDevices;
import dev.sifter.kernels.gpu.RecordingGpu;
import dev.sifter.kernels.gpu.RecordingGpu.Event;
import dev.sifter.kernels.gpu.emulator.EmulatedGpu;
import dev.sifter.kernels.gpu.emulator.EmulatorOptions;
import dev.sifter.model.Json;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.FreshWeights;
import dev.sifter.model.decoder.KvCache;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.LoraConfig;
import dev.sifter.model.lora.TargetModules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Token after token is the same graphs, whose logits are those of launches, bit for bit. */
class DecodeReplayTest {
  private static final int TOKENS = 24;
  private static final int VOCAB = 40;
  private static final int RANK = 4;

  /** Of them the first gets its 257th key, and so a second part, with the seventh new token. */
  private static final int[] PROMPTS = {250, 5, 33};

  private static final int SECOND_PART = 6;

  /** From this token on, the second sequence has ended. */
  private static final int ONE_LESS = 15;

  private record Step(List<Event> events, float[][] logits) {}

  @ParameterizedTest(name = "with adapters: {0}")
  @ValueSource(booleans = {false, true})
  void aTokenIsReplayed(boolean adapters) {
    List<Step> launched = steps(LosingGpu.withoutGraphs(emulator()), adapters);
    List<Step> replayed = steps(emulator(), adapters);
    TreeSet<Integer> launching = new TreeSet<>();
    for (int n = 0; n < TOKENS; n++) {
      List<Event> events = replayed.get(n).events;
      if (events.stream().anyMatch(Event.Launch.class::isInstance)) {
        launching.add(n);
      } else {
        assertThat(events.stream().filter(Event.Replay.class::isInstance)).isNotEmpty();
      }
      assertThat(replayed.get(n).logits).as("token %d", n).isDeepEqualTo(launched.get(n).logits);
    }
    // What comes first is launched, what comes again is captured.
    assertThat(launching)
        .containsExactly(0, 1, SECOND_PART, SECOND_PART + 1, ONE_LESS, ONE_LESS + 1);
    assertThat(replayed.get(3).logits[0]).isNotEqualTo(replayed.get(4).logits[0]);
  }

  private static Gpu emulator() {
    return new EmulatedGpu(EmulatorOptions.defaults().withCores(2));
  }

  /** Layers that see all keys, and such that see seven; norms of queries and keys. */
  private static ModelConfig config() {
    ObjectNode json =
        Json.mapper()
            .createObjectNode()
            .put("model_type", "qwen3")
            .put("vocab_size", VOCAB)
            .put("hidden_size", 32)
            .put("intermediate_size", 48)
            .put("num_hidden_layers", 4)
            .put("num_attention_heads", 4)
            .put("num_key_value_heads", 2)
            .put("head_dim", 16)
            .put("max_position_embeddings", 512)
            .put("use_sliding_window", true)
            .put("sliding_window", 7)
            .put("initializer_range", 0.2);
    json.putArray("layer_types")
        .add("full_attention")
        .add("sliding_attention")
        .add("full_attention")
        .add("sliding_attention");
    return ModelConfigReader.read(json);
  }

  private static List<Step> steps(Gpu gpu, boolean adapters) {
    RecordingGpu recorder = new RecordingGpu(gpu);
    ModelConfig config = config();
    GpuBackend backend =
        new GpuBackend("emulator", new GpuDevices.Choice<>(recorder, "a test's"), DType.BF16);
    ParameterStore store =
        new ParameterStore(backend, new FreshWeights(config, 3), name -> false, DType.F32);
    if (adapters) {
      store.withRoomFor(path -> RANK);
    }
    List<Step> steps = new ArrayList<>();
    try (backend;
        Decoder model = Decoder.over(config, store);
        KvCache cache = new KvCache(config, backend, DType.BF16, PROMPTS.length, 280);
        TensorArena arena = backend.newStepArena("generate")) {
      if (adapters) {
        AdaptedModel.attachFresh(model, lora(), 5);
      }
      Decoding decoding = new Decoding(model, cache, arena);
      decoding.logits(
          new int[] {0, 1, 2},
          Arrays.stream(PROMPTS).mapToObj(length -> tokens(0, length)).toList());
      for (int n = 0; n < TOKENS; n++) {
        int token = n;
        int[] slots = n < ONE_LESS ? new int[] {0, 1, 2} : new int[] {0, 2};
        recorder.clear();
        List<int[]> next = Arrays.stream(slots).mapToObj(slot -> tokens(slot + token, 1)).toList();
        float[][] logits = decoding.logits(slots, next);
        steps.add(new Step(recorder.events(), logits));
      }
    }
    return steps;
  }

  private static LoraConfig lora() {
    return LoraConfig.builder().r(RANK).targetModules(new TargetModules.AllLinear()).build();
  }

  private static int[] tokens(int from, int count) {
    return IntStream.range(from, from + count).map(n -> (7 * n + n / 5) % VOCAB).toArray();
  }

  /** Feeds new tokens of some slots and gets the logits after each slot's last. */
  private record Decoding(Decoder model, KvCache cache, TensorArena arena) {
    float[][] logits(int[] slots, List<int[]> tokens) {
      int[] lastRows = new int[slots.length];
      int rows = 0;
      for (int s = 0; s < slots.length; s++) {
        rows += tokens.get(s).length;
        lastRows[s] = rows - 1;
      }
      Tape tape = Tape.inference(model.backend(), arena);
      try (Variable hidden = model.hidden(tape, cache.append(slots, tokens), cache)) {
        return model.logits(tape, hidden, lastRows);
      } finally {
        arena.clear();
      }
    }
  }
}
