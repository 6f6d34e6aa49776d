package dev.sifter.train.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.ModelException;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.TemplateFiles;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.config.ModelConfigReader;
import dev.sifter.model.decoder.GrownVocabulary;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.SpecialTokenIds;
import dev.sifter.model.decoder.StoredModel;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.weights.WeightFolderWriter;
import dev.sifter.train.sft.TemplateChoice;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter add-tokens}: a model with more special tokens, and rows of embeddings for them. */
@Command(
    name = "add-tokens",
    description = "Write a model with more special tokens, its embeddings grown to hold them.",
    footer = {
      "",
      "Examples:",
      "  sifter add-tokens --model llama --tokens '<|tool|>' --output llama-tools",
      "  sifter add-tokens --model llama --tokens '<|im_start|>,<|im_end|>' \\",
      "      --eos-token '<|im_end|>' --chat-template chatml --output llama-chatml",
      "",
      "New rows lie at the mean of the old ones, as transformers has them. To train them and"
          + " nothing else of the embeddings beside an adapter, give trainable_token_indices their"
          + " names; where the head is not tied to the embeddings, add lm_head to"
          + " lora_modules_to_save."
    },
    mixinStandardHelpOptions = true)
final class AddTokensCommand implements Callable<Integer> {
  @Mixin private TokenizerOptions model;

  @Option(
      names = "--tokens",
      paramLabel = "TOKEN,…",
      hideParamSyntax = true,
      split = ",",
      required = true,
      description = "The tokens. One that the vocabulary has keeps its id, and becomes special.")
  private List<String> tokens;

  @Option(
      names = "--eos-token",
      paramLabel = "TOKEN",
      description = "The token that ends texts and answers from now on.")
  private String eosToken;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE|DIR|NAME",
      description = "A chat template to write beside: a file, a model folder, or a built-in one.")
  private String chatTemplate;

  @Option(
      names = "--pad-to-multiple-of",
      paramLabel = "N",
      defaultValue = "1",
      description = "Rows of the embeddings are a multiple of this; by default 1.")
  private int multiple;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "The folder for the model: a new or an empty one.")
  private Path output;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Path folder = TokenizerOptions.requireModel(model.folder());
    OutputFolder.requireEmpty("--output", output);
    if (multiple < 1) {
      throw new ModelException(
          "--pad-to-multiple-of is %d; it must be at least 1".formatted(multiple));
    }
    ModelConfig config = ModelConfigReader.read(folder);
    if (config.json().has("quantization_config")) {
      throw new ModelException(folder + " is quantised; add tokens to the model it was made from");
    }
    Tokenizer old = model.tokenizer();
    Tokenizer tokenizer = old.withAddedTokens(wanted());
    if (eosToken != null) {
      tokenizer = tokenizer.withSpecialToken("eos_token", eosToken);
    }
    ChatTemplate template =
        chatTemplate == null ? null : TemplateChoice.resolve(chatTemplate, folder);
    Tokenizer grown = tokenizer;
    OutputFolder.fill(
        output,
        () -> {
          write(folder, config, grown);
          if (template != null) {
            TemplateFiles.write(output, template);
          }
        });
    report(old, tokenizer, config);
    return 0;
  }

  private List<String> wanted() {
    Set<String> wanted = new LinkedHashSet<>(tokens);
    if (eosToken != null) {
      wanted.add(eosToken);
    }
    return List.copyOf(wanted);
  }

  private int rows(ModelConfig config, Tokenizer tokenizer) {
    int needed = Math.max(config.vocabSize(), tokenizer.vocabSize());
    return Math.multiplyExact(Math.ceilDiv(needed, multiple), multiple);
  }

  private void write(Path folder, ModelConfig config, Tokenizer tokenizer) {
    int rows = rows(config, tokenizer);
    try (StoredModel stored = StoredModel.open(folder)) {
      ObjectNode json = stored.config().json().deepCopy();
      json.put("vocab_size", rows);
      ModelFolder.save(
          output,
          GrownVocabulary.of(stored.weights(), stored.config(), rows),
          json,
          folder,
          WeightFolderWriter.DEFAULT_MAX_SHARD_BYTES);
    }
    tokenizer.save(output);
    SpecialTokenIds.align(output, tokenizer);
  }

  private void report(Tokenizer old, Tokenizer tokenizer, ModelConfig config) {
    for (String token : wanted()) {
      spec.commandLine()
          .getOut()
          .println(
              "%s %d%s"
                  .formatted(
                      token,
                      tokenizer.id(token).orElseThrow(),
                      old.id(token).isPresent() ? " (was there)" : ""));
    }
    spec.commandLine()
        .getOut()
        .println(
            "%d rows of embeddings, before %d; model in %s"
                .formatted(rows(config, tokenizer), config.vocabSize(), output));
  }
}
