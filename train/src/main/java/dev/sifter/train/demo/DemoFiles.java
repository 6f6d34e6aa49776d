package dev.sifter.train.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.Json;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.chat.TemplateFiles;
import dev.sifter.model.tokenizer.BpeTrainer;
import dev.sifter.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * The demonstration's files: data, an evaluation task, and the folder of a model to be trained, in
 * the same forms that a user would bring.
 *
 * @param folder where all of them lie
 */
record DemoFiles(Path folder) {
  /** Ends documents and turns alike, so that the base model has learned to end. */
  static final String END = "<|im_end|>";

  /** Between two documents of the corpus. */
  static final String SEPARATOR = "\n\n";

  private static final String START = "<|im_start|>";
  private static final String PAD = "<|pad|>";
  private static final int VOCAB_SIZE = 512;

  /** Documents to pretrain on, with {@link #SEPARATOR} between them. */
  Path corpus() {
    return folder.resolve("corpus.txt");
  }

  /** Conversations to fine-tune on. */
  Path conversations() {
    return folder.resolve("conversations.jsonl");
  }

  /** The evaluation task over the held-out problems. */
  Path task() {
    return folder.resolve("held-out.yaml");
  }

  /** Configuration and tokenizer of the model, before there are weights. */
  Path blankModel() {
    return folder.resolve("blank");
  }

  /** The pretrained model. */
  Path baseModel() {
    return folder.resolve("base");
  }

  /** The adapter. */
  Path adapter() {
    return folder.resolve("adapter");
  }

  /** The model with the adapter merged in. */
  Path mergedModel() {
    return folder.resolve("merged");
  }

  /** The report. */
  Path report() {
    return folder.resolve("report.html");
  }

  /** Writes data and task. */
  void writeData(DemoData data) {
    write(corpus(), data.statements(), item -> item.statement() + "\n");
    write(conversations(), data.conversations(), DemoFiles::conversation);
    write(folder.resolve("held-out.jsonl"), data.heldOut(), DemoFiles::problem);
    write(
        task(),
        List.of(
            """
            task: held_out
            dataset_path: json
            dataset_kwargs:
              data_files:
                test: held-out.jsonl
            output_type: generate_until
            test_split: test
            doc_to_text: "{{question}}"
            doc_to_target: "{{answer}}"
            metric_list:
              - metric: exact_match
                aggregation: mean
                higher_is_better: true
            generation_kwargs:
              until: ["%s"]
              do_sample: false
              max_gen_toks: 24
            metadata:
              version: 1.0
            """
                .formatted(END)
                .stripTrailing()),
        text -> text);
  }

  private static String conversation(DemoItem item) {
    ObjectNode row = Json.mapper().createObjectNode();
    ArrayNode messages = row.putArray("messages");
    messages.addObject().put("role", "user").put("content", item.question());
    messages.addObject().put("role", "assistant").put("content", item.answer());
    return row.toString();
  }

  private static String problem(DemoItem item) {
    return Json.mapper()
        .createObjectNode()
        .put("kind", item.task())
        .put("question", item.question())
        .put("answer", item.answer())
        .toString();
  }

  private static <T> void write(Path file, List<T> items, Function<T, String> line) {
    AtomicFiles.write(
        file,
        out -> {
          for (T item : items) {
            out.write((line.apply(item) + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
  }

  /** Trains the tokenizer on the corpus and writes the blank model's folder. */
  Tokenizer writeBlankModel(DemoData data) {
    Tokenizer tokenizer =
        new BpeTrainer(
                VOCAB_SIZE,
                2,
                List.of(END, START, PAD),
                true,
                List.of(BpeTrainer.DIGITS, BpeTrainer.WORDS))
            .train(data.statements().stream().map(DemoItem::statement).toList())
            .withSpecialToken("eos_token", END)
            .withSpecialToken("pad_token", PAD);
    tokenizer.save(blankModel());
    TemplateFiles.write(blankModel(), ChatTemplates.builtIn("chatml"));
    Json.write(blankModel().resolve("config.json"), modelConfig(tokenizer));
    return tokenizer;
  }

  /** A Llama of under a million weights. */
  private static ObjectNode modelConfig(Tokenizer tokenizer) {
    ObjectNode config = Json.mapper().createObjectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("model_type", "llama");
    config.put("vocab_size", tokenizer.vocabSize());
    config.put("hidden_size", 128);
    config.put("intermediate_size", 384);
    config.put("num_hidden_layers", 3);
    config.put("num_attention_heads", 4);
    config.put("num_key_value_heads", 2);
    config.put("hidden_act", "silu");
    config.put("max_position_embeddings", 256);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10000.0);
    config.put("initializer_range", 0.04);
    config.put("tie_word_embeddings", true);
    config.put("eos_token_id", tokenizer.eosId().orElseThrow());
    config.put("pad_token_id", tokenizer.padId().orElseThrow());
    config.put("dtype", "float32");
    return config;
  }
}
