package dev.sifter.train.cli;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.gguf.GgufAdapter;
import dev.sifter.model.gguf.GgufExport;
import dev.sifter.model.gguf.GgufType;
import dev.sifter.model.lora.MlxAdapter;
import dev.sifter.model.weights.Quantization;
import dev.sifter.model.weights.WeightCast;
import dev.sifter.model.weights.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter export}: a model or an adapter in another format. */
@Command(
    name = "export",
    description = "Write a model, or an adapter, in another format.",
    footer = {
      "",
      "Examples:",
      "  sifter export --model merged --format gguf --type q8_0 --output model.gguf",
      "  sifter export --model merged --format hf --type bf16 --output merged-bf16",
      "  sifter export --model merged --format nf4 --output merged-4bit",
      "  sifter export --model smollm --adapter out --format gguf --output out.gguf",
      "  sifter export --model smollm --adapter mlx --format peft --output adapter",
      "",
      "Adapters are written as PEFT reads them by every command; gguf makes of one a file that"
          + " llama.cpp lays over its base's (--lora), peft converts mlx-lm's."
    },
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  /** What can be written. */
  enum Format {
    /** A folder that transformers opens. */
    HF,
    /** The same with linear layers in 4 bits, as bitsandbytes keeps them. */
    NF4,
    /** One file for llama.cpp, of a model or of an adapter. */
    GGUF,
    /** An adapter folder. */
    PEFT
  }

  @Mixin private TokenizerOptions model;
  @Mixin private BackendOptions device;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description =
          "The adapter to write: of this model for the format gguf, of mlx-lm for the format peft.")
  private Path adapter;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description = "hf, nf4, gguf or peft.")
  private Format format;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description =
          "Of the weights: f32, bf16 or f16, for gguf q8_0 as well; by default as they are, and"
              + " for gguf f16, of adapters f32.")
  private String type;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      required = true,
      description = "A new file for gguf; otherwise a new or an empty folder.")
  private Path output;

  @Option(
      names = "--max-shard-size",
      paramLabel = "SIZE",
      defaultValue = "50GB",
      description = "Largest weight file, as in 2GB or 500MiB; by default 50GB.")
  private String maxShardSize;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (format == Format.PEFT && adapter == null) {
      throw new ModelException("--format peft needs --adapter, a folder of mlx-lm");
    }
    if (adapter != null && format != Format.PEFT && format != Format.GGUF) {
      throw new ModelException(
          "--adapter goes with --format gguf or peft; for hf and nf4 merge it first (sifter"
              + " merge)");
    }
    if (type != null && (format == Format.NF4 || format == Format.PEFT)) {
      throw new ModelException("--type goes with --format hf and --format gguf");
    }
    long shardBytes = ByteSize.parse("--max-shard-size", maxShardSize);
    Path folder = TokenizerOptions.requireModel(model.folder());
    if (format == Format.GGUF) {
      writeGguf(folder);
    } else {
      OutputFolder.requireEmpty("--output", output);
      OutputFolder.fill(
          output,
          () -> {
            switch (format) {
              case HF -> writeFolder(folder, shardBytes);
              case NF4 -> writeQuantized(folder, shardBytes);
              default -> writeAdapter(folder);
            }
          });
    }
    spec.commandLine().getOut().println(output);
    return 0;
  }

  private void writeGguf(Path folder) {
    if (Files.exists(output)) {
      throw new ModelException("--output %s is there already; name a new file".formatted(output));
    }
    requirePlain(folder);
    if (adapter != null) {
      TokenizerOptions.requireFolder("--adapter", adapter);
      GgufAdapter.write(folder, adapter, output, nameOf(adapter), ggufType("f32"));
      return;
    }
    GgufExport.write(folder, output, nameOf(folder), ggufType("f16"))
        .forEach(note -> spec.commandLine().getErr().println("note: " + note));
  }

  private GgufType ggufType(String otherwise) {
    return GgufType.of(type == null ? otherwise : type);
  }

  private static String nameOf(Path folder) {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  private void writeFolder(Path folder, long shardBytes) {
    DType dtype = dtype();
    requirePlain(folder);
    try (StoredModel model = StoredModel.open(folder)) {
      model.requireComplete();
      WeightSource weights = model.weights();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : weights.names()) {
        Tensor tensor = weights.tensor(name);
        boolean cast = dtype != null && tensor.dtype().isFloating();
        tensors.put(name, cast ? WeightCast.to(dtype, tensor) : tensor);
      }
      ModelFolder.save(output, tensors, model.config().json(), folder, shardBytes);
    }
  }

  private DType dtype() {
    return switch (type) {
      case null -> null;
      case "f32" -> DType.F32;
      case "bf16" -> DType.BF16;
      case "f16" -> DType.F16;
      default ->
          throw new ModelException("--type is '%s'; it must be f32, bf16 or f16".formatted(type));
    };
  }

  private void writeQuantized(Path folder, long shardBytes) {
    requirePlain(folder);
    try (Backend backend = device.open(spec.commandLine().getErr());
        Decoder decoder = ModelFolder.load(folder, backend, new Quantization(true))) {
      Map<String, Tensor> tensors = ModelFolder.weights(decoder);
      ModelFolder.save(output, tensors, decoder.config().json(), folder, shardBytes);
    }
  }

  private static void requirePlain(Path folder) {
    if (ModelConfigReader.read(folder).json().has("quantization_config")) {
      throw new ModelException(folder + " is quantised; export the model it was made from");
    }
  }

  private void writeAdapter(Path folder) {
    TokenizerOptions.requireFolder("--adapter", adapter);
    if (!MlxAdapter.isIn(adapter)) {
      throw new ModelException(
          "--adapter %s: no adapters.safetensors, so no adapter of mlx-lm".formatted(adapter));
    }
    MlxAdapter.convert(adapter, output, folder.toString());
  }
}
