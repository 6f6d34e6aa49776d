package dev.sifter.train.cli;

import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.TemplateFiles;
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.tokenizer.UnigramTrainer;
import dev.sifter.train.data.PreparationListener;
import dev.sifter.train.data.TrainingTexts;
import dev.sifter.train.data.record.DataSource;
import dev.sifter.train.data.record.DatasetMixture;
import dev.sifter.train.report.PreparationProgress;
import dev.sifter.train.sft.TemplateChoice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sifter train-tokenizer}: a vocabulary of one's own, for a model from scratch. */
@Command(
    name = "train-tokenizer",
    description = "Train a tokenizer on text, as a model from scratch needs one.",
    footer = {
      "",
      "Examples:",
      "  sifter train-tokenizer --input stories.txt --vocab-size 8192 --output tiny",
      "  sifter train-tokenizer --input 'data/*.jsonl' --vocab-size 32000 \\",
      "      --special-tokens '<|im_start|>,<|im_end|>' --eos-token '<|im_end|>' \\",
      "      --chat-template chatml --output tiny",
      "",
      "Files are those of sifter pretrain: plain text (.txt), or records with text, prompt and"
          + " completion, or messages. The folder gets tokenizer.json and tokenizer_config.json, as"
          + " transformers reads them; a config.json that lies there already stays."
    },
    mixinStandardHelpOptions = true)
final class TrainTokenizerCommand implements Callable<Integer> {
  /** What is trained. */
  enum Kind {
    /** Byte-level byte-pair encoding, as GPT-2, Llama 3 and Qwen have it. */
    BPE,
    /** Unigram over words that begin with ▁, as T5 has it. */
    UNIGRAM
  }

  private static final int BYTES = 256;

  /** Of how much text the shown characters of a token are the mean. */
  private static final int SAMPLE_CHARS = 1 << 20;

  @Option(
      names = "--input",
      paramLabel = "FILE|DIR,…",
      hideParamSyntax = true,
      split = ",",
      required = true,
      description = "Files, globs or folders of text.")
  private List<String> input;

  @Option(
      names = "--vocab-size",
      paramLabel = "N",
      required = true,
      description = "Tokens, special ones and the 256 bytes among them.")
  private int vocabSize;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "The folder for the tokenizer; it must not have one.")
  private Path output;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "BPE",
      description = "bpe or unigram; by default bpe.")
  private Kind type;

  @Option(
      names = "--min-frequency",
      paramLabel = "N",
      defaultValue = "2",
      description = "Pairs that occur less often are not merged (bpe); by default 2.")
  private long minFrequency;

  @Option(
      names = "--split-digits",
      description = "Make every digit a token, so that numbers are spelled (bpe).")
  private boolean splitDigits;

  @Option(
      names = "--special-tokens",
      paramLabel = "TOKEN,…",
      hideParamSyntax = true,
      split = ",",
      description = "Further special tokens, such as those of the chat template.")
  private List<String> specialTokens = List.of();

  @Option(
      names = "--eos-token",
      paramLabel = "TOKEN",
      defaultValue = "<|endoftext|>",
      description = "The token that ends texts; by default <|endoftext|>.")
  private String eosToken;

  @Option(
      names = "--bos-token",
      paramLabel = "TOKEN",
      description = "The token that begins texts, where a template writes it; by default none.")
  private String bosToken;

  @Option(
      names = "--pad-token",
      paramLabel = "TOKEN",
      defaultValue = "<|pad|>",
      description = "The token that fills rows; by default <|pad|>.")
  private String padToken;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE|DIR|NAME",
      description = "A chat template to write beside: a file, a model folder, or a built-in one.")
  private String chatTemplate;

  @Option(
      names = "--document-separator",
      paramLabel = "TEXT",
      description = "What stands between two documents of a text file; without it a file is one.")
  private String documentSeparator;

  @Option(
      names = "--text-field",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "The field of records that is plain text; by default text.")
  private String textField;

  @Option(
      names = "--max-samples",
      paramLabel = "N",
      description = "Read the first so many records only; some 100 MB tell enough.")
  private Long maxSamples;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    requireNoTokenizer();
    ChatTemplate template =
        chatTemplate == null ? null : TemplateChoice.resolve(chatTemplate, output);
    Tokenizer tokenizer = train();
    for (Map.Entry<String, String> role : roles().entrySet()) {
      tokenizer = tokenizer.withSpecialToken(role.getKey(), role.getValue());
    }
    tokenizer.save(output);
    if (template != null) {
      TemplateFiles.write(output, template);
    }
    report(tokenizer);
    return 0;
  }

  private void requireNoTokenizer() {
    OutputFolder.requireWritable("--output", output);
    for (String name : List.of("tokenizer.json", "tokenizer_config.json", "tokenizer.model")) {
      if (Files.exists(output.resolve(name))) {
        throw new ModelException(
            "--output %s has a tokenizer already (%s); name another folder"
                .formatted(output, name));
      }
    }
  }

  private Tokenizer train() {
    Set<String> specials = new LinkedHashSet<>(roles().values());
    specials.addAll(specialTokens);
    List<String> first = List.copyOf(specials);
    if (type == Kind.BPE && vocabSize < BYTES + first.size()) {
      throw new ModelException(
          "--vocab-size %d has no room for the %d bytes and %d special tokens: give %d at least"
              .formatted(vocabSize, BYTES, first.size(), BYTES + first.size()));
    }
    try (PreparationProgress progress = new PreparationProgress()) {
      return switch (type) {
        case BPE ->
            new BpeTrainer(vocabSize, minFrequency, first, true, splits()).train(texts(progress));
        case UNIGRAM -> new UnigramTrainer(vocabSize, first).train(texts(progress));
      };
    }
  }

  private List<String> splits() {
    return splitDigits ? List.of(BpeTrainer.DIGITS, BpeTrainer.WORDS) : List.of(BpeTrainer.WORDS);
  }

  private Map<String, String> roles() {
    Map<String, String> roles = new LinkedHashMap<>();
    roles.put("eos_token", eosToken);
    roles.put("pad_token", padToken);
    if (bosToken != null) {
      roles.put("bos_token", bosToken);
    }
    return roles;
  }

  private TrainingTexts texts(PreparationListener listener) {
    DataSource source =
        new DataSource(input, "train", null, List.of(), documentSeparator, null, null);
    return new TrainingTexts(
        new DatasetMixture(List.of(source), maxSamples, null, DatasetMixture.Part.TRAIN, 0),
        textField,
        listener);
  }

  private void report(Tokenizer tokenizer) {
    String sample = texts(PreparationListener.NONE).beginning(SAMPLE_CHARS);
    int tokens = tokenizer.encode(sample, false).length();
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%,d tokens, %.2f characters each in the text's beginning; tokenizer in %s%n",
            tokenizer.vocabSize(),
            (double) sample.codePointCount(0, sample.length()) / tokens,
            output);
    notes(tokenizer).forEach(note -> spec.commandLine().getErr().println("note: " + note));
  }

  private List<String> notes(Tokenizer tokenizer) {
    List<String> notes = new ArrayList<>();
    if (tokenizer.vocabSize() < vocabSize) {
      notes.add(
          type == Kind.BPE
              ? "no other pair occurs %d times (--min-frequency): give more text for more tokens"
                  .formatted(minFrequency)
              : "the text has no more pieces: give more of it for more tokens");
    }
    Path config = output.resolve("config.json");
    if (Files.exists(config)) {
      int rows = Json.readObject(config).path("vocab_size").asInt();
      if (rows < tokenizer.vocabSize()) {
        notes.add(
            "%s has vocab_size %d: set it to %d or more"
                .formatted(config, rows, tokenizer.vocabSize()));
      }
    }
    return notes;
  }
}
