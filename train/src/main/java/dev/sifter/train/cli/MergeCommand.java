package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.SpecialTokenIds;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.LoraMerge;
import dev.sifter.model.lora.MergeProof;
import dev.sifter.model.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter merge}: an adapter into its base, written only if both predict the same. */
@Command(
    name = "merge",
    description =
        "Add a LoRA adapter to its base model, prove that the result agrees, and write it.",
    footer = {
      "",
      "Examples:",
      "  sifter merge --model smollm --adapter out --output merged",
      "  sifter merge --model smollm --adapter out --output merged --proof-text t.txt",
      "",
      "The proof compares the predictions of base + adapter with those of the merged model on the"
          + " lines of a text, or on random tokens: logits, KL divergence and most probable tokens."
          + " Where one of them differs by more than rounding explains, nothing is written and the"
          + " exit code is 1."
    },
    mixinStandardHelpOptions = true)
final class MergeCommand implements Callable<Integer> {
  private static final String PROOF = "merge_proof.json";

  @Mixin private TokenizerOptions model;
  @Mixin private BackendOptions device;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      required = true,
      description = "The LoRA adapter, as PEFT writes it.")
  private Path adapter;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "The folder for the merged model: a new or an empty one.")
  private Path output;

  @Option(
      names = "--proof-text",
      paramLabel = "FILE",
      description = "Lines of text to compare the models on.")
  private Path proofText;

  @Option(
      names = "--max-shard-size",
      paramLabel = "SIZE",
      defaultValue = "50GB",
      description = "Largest weight file, as in 2GB or 500MiB; by default 50GB.")
  private String maxShardSize;

  @Option(
      names = "--untie-embeddings",
      description =
          "Keep the output head apart from embeddings that the adapter changes and that it is tied"
              + " to: as it is while the adapter lies beside the base.")
  private boolean untieEmbeddings;

  @Option(names = "--json", description = "Print the proof as one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    long shardBytes = ByteSize.parse("--max-shard-size", maxShardSize);
    Path base = TokenizerOptions.requireModel(model.folder());
    TokenizerOptions.requireFolder("--adapter", adapter);
    OutputFolder.requireEmpty("--output", output);
    try (Backend backend = device.open(spec.commandLine().getErr());
        Decoder adapted = AdaptedModel.load(base, adapter, backend, false)) {
      LoraMerge merge = LoraMerge.of(adapted, untieEmbeddings);
      // The merged model closes the merged weights with itself.
      try (Decoder merged = merge.toModel()) {
        ObjectNode proof = prove(adapted, merged, merge);
        OutputFolder.fill(output, () -> write(merge, proof, base, shardBytes));
      }
    }
    return 0;
  }

  private void write(LoraMerge merge, ObjectNode proof, Path base, long shardBytes) {
    ModelFolder.save(output, merge.weights(), merge.config().json(), base, shardBytes);
    ModelFolder.copyCompanions(adapter, output);
    if (Files.exists(output.resolve("tokenizer.json"))) {
      SpecialTokenIds.align(output, Tokenizer.load(output));
    }
    Json.write(output.resolve(PROOF), proof);
  }

  /** What was measured; the file with it is the last, so that it never lies beside no model. */
  private ObjectNode prove(Decoder adapted, Decoder merged, LoraMerge merge) {
    List<int[]> texts =
        proofText == null
            ? ProofTexts.random(adapted.config())
            : ProofTexts.lines(proofText, model.tokenizer(), adapted.config());
    MergeProof proof = MergeProof.measure(adapted, merged, texts);
    boolean half =
        merge.weights().values().stream()
            .anyMatch(w -> w.dtype() == DType.BF16 || w.dtype() == DType.F16);
    List<String> tooFar = proof.tooFar(half);
    ObjectNode report = report(proof, tooFar);
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? report : text(proof));
    if (!tooFar.isEmpty()) {
      throw new ModelException(
          "nothing was written: the merged model differs from base + adapter by more than rounding"
              + " explains: %s%s".formatted(String.join("; ", tooFar), remedy(adapted)));
    }
    return report;
  }

  /** An adapter of tied embeddings reaches the head only when it is merged. */
  private String remedy(Decoder adapted) {
    boolean tied =
        adapted.config().tieWordEmbeddings()
            && (adapted.embeddingLayer().adapter() != null
                || adapted.headLayer().adapter() != null);
    return tied && !untieEmbeddings
        ? ": the embeddings are tied to the head; keep them apart with --untie-embeddings"
        : "";
  }

  private ObjectNode report(MergeProof proof, List<String> tooFar) {
    ObjectNode report = Json.mapper().createObjectNode().put("holds", tooFar.isEmpty());
    tooFar.forEach(report.putArray("too_far")::add);
    return report
        .put("max_logit_difference", proof.maxLogitDifference())
        .put("max_logit", proof.maxLogit())
        .put("mean_kl", proof.meanKl())
        .put("agreement", proof.agreement())
        .put("tokens", proof.tokens())
        .put("texts", proofText == null ? "random tokens" : proofText.toString());
  }

  private static String text(MergeProof proof) {
    return String.format(
        Locale.ROOT,
        """
        largest difference of logits  %.3g (largest logit %.3g)
        mean KL divergence            %.3g nats
        same most probable token      %.2f %% of %d predictions\
        """,
        proof.maxLogitDifference(),
        proof.maxLogit(),
        proof.meanKl(),
        100 * proof.agreement(),
        proof.tokens());
  }
}
