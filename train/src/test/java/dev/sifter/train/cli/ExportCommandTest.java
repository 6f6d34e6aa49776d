package dev.sifter.train.cli;

import static dev.sifter.train.cli.TokenizeCommandTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.weights.HostFloats;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.model.weights.WeightFolder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
  @TempDir private static Path work;
  private static Path base;

  @TempDir private Path files;

  @BeforeAll
  static void makeModel() {
    base = TinyModel.save(work.resolve("base"));
  }

  private static Cli export(String format, Path output, Object... more) {
    Object[] args = new Object[9 + more.length];
    Object[] first = {
      "export", "--model", base, "--format", format, "--output", output, "--device", "reference"
    };
    System.arraycopy(first, 0, args, 0, 9);
    System.arraycopy(more, 0, args, 9, more.length);
    return Cli.run(args);
  }

  private static String answer(Object... model) {
    Object[] args = {
      "generate", "--prompt", "the", "--max-new-tokens", 12, "--device", "reference", "--json"
    };
    Object[] all = new Object[args.length + model.length];
    System.arraycopy(args, 0, all, 0, args.length);
    System.arraycopy(model, 0, all, args.length, model.length);
    return Cli.run(all).out();
  }

  @Test
  void aFolderIsWrittenInAnotherTypeAndInShards() {
    Path output = files.resolve("bf16");
    Cli call = export("hf", output, "--type", "bf16", "--max-shard-size", "10KB");
    assertThat(call.code()).as(call.err()).isZero();
    assertThat(output.resolve("model.safetensors.index.json")).exists();
    assertThat(output.resolve("tokenizer.json")).exists();
    assertThat(Json.readObject(output.resolve("config.json")).get("dtype").asText())
        .isEqualTo("bfloat16");
    try (WeightFolder weights = WeightFolder.open(output)) {
      assertThat(weights.names()).allMatch(name -> weights.tensor(name).dtype() == DType.BF16);
    }
  }

  @Test
  void aFolderIsWrittenInFourBits() {
    Path output = files.resolve("nf4");
    Cli call = export("nf4", output);
    assertThat(call.code()).as(call.err()).isZero();
    assertThat(answer("--model", output)).isNotBlank();
    for (String format : List.of("hf", "nf4", "gguf")) {
      Path again = files.resolve("again");
      assertFails(
          Cli.run("export", "--model", output, "--format", format, "--output", again), "quantised");
      assertThat(again).doesNotExist();
    }
  }

  @Test
  void aFileForLlamaCppIsWrittenOnce() throws IOException {
    Path output = files.resolve("model.gguf");
    assertThat(export("gguf", output, "--type", "bf16").code()).isZero();
    assertThat(Files.readString(output, StandardCharsets.ISO_8859_1)).startsWith("GGUF");
    assertFails(export("gguf", output), "there already");
  }

  @Test
  void anAdapterIsWrittenForLlamaCpp() throws IOException {
    Path adapter = TinyModel.saveAdapter(files.resolve("adapter"), base);
    Path output = files.resolve("adapter.gguf");
    Cli call = export("gguf", output, "--adapter", adapter);
    assertThat(call.code()).as(call.err()).isZero();
    assertThat(Files.readString(output, StandardCharsets.ISO_8859_1))
        .startsWith("GGUF")
        .contains("adapter.lora.alpha", "lora_a", "lora_b");
    assertFails(export("hf", files.resolve("hf"), "--adapter", adapter), "merge it first");
    assertFails(export("peft", files.resolve("peft")), "needs --adapter");
    assertFails(export("gguf", files.resolve("a.gguf"), "--adapter", base), "is a model, not an");
  }

  /** What is written of a folder without one of its weights, nothing could open. */
  @Test
  void anIncompleteModelIsNotExported() {
    Path folder = TinyModel.save(files.resolve("incomplete"));
    Path weights = folder.resolve("model.safetensors");
    String lost = "model.layers.0.mlp.down_proj.weight";
    Map<String, Tensor> kept = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      file.entries().keySet().stream()
          .filter(name -> !name.equals(lost))
          .forEach(name -> kept.put(name, file.tensor(name)));
      SafetensorsWriter.write(weights, kept);
    }
    for (String format : List.of("hf", "gguf", "nf4")) {
      Path output = files.resolve("of-incomplete");
      assertFails(
          Cli.run("export", "--model", folder, "--format", format, "--output", output),
          "lacks the weight '" + lost + "'");
      assertThat(output).doesNotExist();
    }
  }

  /** llama.cpp would let every layer see as much as the last. */
  @Test
  void windowsThatDifferHaveNoPlaceInGguf() {
    Path mixed = TinyModel.save(files.resolve("mixed"));
    ObjectNode config = Json.readObject(mixed.resolve("config.json"));
    config.put("model_type", "mistral").put("sliding_window", 8);
    config.putArray("layer_types").add("full_attention").add("sliding_attention");
    Json.write(mixed.resolve("config.json"), config);
    Path output = files.resolve("mixed.gguf");
    assertFails(
        Cli.run("export", "--model", mixed, "--format", "gguf", "--output", output),
        "sliding_layers is [false, true]");
    assertThat(output).doesNotExist();
  }

  @Test
  void anAdapterOfMlxAnswersAsTheSameAdapterOfPeft() {
    Path peft = TinyModel.saveAdapter(files.resolve("peft"), base);
    Path mlx = files.resolve("mlx");
    var config = Json.readObject(peft.resolve("adapter_config.json"));
    int rank = config.get("r").asInt();
    var json = Json.mapper().createObjectNode().put("fine_tune_type", "lora");
    json.putObject("lora_parameters")
        .put("rank", rank)
        .put("scale", config.get("lora_alpha").asDouble() / rank)
        .put("dropout", 0.0);
    try (SafetensorsFile file = SafetensorsFile.open(peft.resolve("adapter_model.safetensors"))) {
      Map<String, Tensor> tensors = new TreeMap<>();
      for (String key : file.entries().keySet()) {
        String name =
            key.replace("base_model.model.", "")
                .replace(".lora_A.weight", ".lora_a")
                .replace(".lora_B.weight", ".lora_b");
        tensors.put(name, transposed(file.tensor(key)));
      }
      mlx.toFile().mkdirs();
      SafetensorsWriter.write(mlx.resolve("adapters.safetensors"), tensors);
    }
    Json.write(mlx.resolve("adapter_config.json"), json);
    Path output = files.resolve("converted");
    Cli call = export("peft", output, "--adapter", mlx);
    assertThat(call.code()).as(call.err()).isZero();
    assertThat(answer("--model", base, "--adapter", output))
        .isEqualTo(answer("--model", base, "--adapter", peft))
        .isNotEqualTo(answer("--model", base));
  }

  private static Tensor transposed(Tensor tensor) {
    float[] values = HostFloats.of(tensor);
    int rows = tensor.rows();
    int width = tensor.width();
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i % width * rows + i / width] = values[i];
    }
    Storage storage = new Storage.Host(MemorySegment.ofArray(result));
    return new Tensor(DType.F32, tensor.shape(), storage, 0).reshape(width, rows);
  }

  @Test
  void errorsAreOneSentence() {
    Path output = files.resolve("out");
    assertFails(export("peft", output), "--adapter");
    assertFails(export("hf", output, "--adapter", base), "--adapter");
    assertFails(export("peft", output, "--adapter", base), "mlx-lm");
    assertFails(export("nf4", output, "--type", "f32"), "--type");
    assertFails(export("hf", output, "--type", "q8_0"), "q8_0");
    assertFails(export("gguf", output, "--type", "q4_k"), "q4_k");
    assertFails(export("hf", base), "not empty");
    assertThat(output).doesNotExist();
  }
}
