package dev.sifter.train.demo;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.sifter.engine.Backends;
import dev.sifter.engine.backend.Backend;
import dev.sifter.model.chat.ChatRequest;
import dev.sifter.model.chat.ChatTemplate;
import dev.sifter.model.chat.ChatTemplates;
import dev.sifter.model.chat.Message;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.generate.GenerationConfig;
import dev.sifter.model.generate.Generator;
import dev.sifter.model.lora.AdaptedModel;
import dev.sifter.model.lora.LoraMerge;
import dev.sifter.model.lora.MergeProof;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.model.weights.WeightFolderWriter;
import dev.sifter.train.eval.Comparison;
import dev.sifter.train.eval.EvalOptions;
import dev.sifter.train.eval.EvalResult;
import dev.sifter.train.eval.Evaluator;
import dev.sifter.train.eval.ProgressListener;
import dev.sifter.train.eval.task.EvalTask;
import dev.sifter.train.pretrain.PretrainConfig;
import dev.sifter.train.report.RunRecorder;
import dev.sifter.train.sft.SftConfig;
import dev.sifter.train.sft.SftRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The whole chain on data of its own: tokenizer, pretraining, evaluation, LoRA fine-tuning,
 * evaluation again, merge with proof, a chat, a report. Every step goes through the same files and
 * runs that a user's own model would.
 */
public final class Demo {
  /** Problems that the chat at the end asks: one of a kind. */
  private static final int CHAT_QUESTIONS = 3;

  private final DemoSettings settings;
  private final DemoFiles files;
  private final DemoConsole console;
  private String backendDescription;

  /** A demonstration that writes into the settings' folder. */
  public Demo(DemoSettings settings, DemoConsole console) {
    this.settings = settings;
    this.files = new DemoFiles(settings.folder());
    this.console = console;
  }

  /** Runs all of it. */
  public DemoOutcome run() {
    console.stage("data and tokenizer (seed " + settings.seed() + ")");
    DemoData data =
        DemoData.generate(
            settings.seed(), settings.statements(), settings.conversations(), settings.heldOut());
    files.writeData(data);
    Tokenizer tokenizer = files.writeBlankModel(data);
    console.line(
        "%,d documents to pretrain on, %,d conversations to fine-tune on, %d held-out problems"
            .formatted(
                data.statements().size(), data.conversations().size(), data.heldOut().size()));
    RunRecorder pretraining = pretrain();
    console.stage("evaluating the base model on the held-out problems");
    EvalResult base = evaluate(null);
    RunRecorder tuning = fineTune();
    console.stage("evaluating the tuned model on the same problems");
    EvalResult tuned = evaluate(files.adapter());
    MergeProof proof = merge(data, tokenizer);
    List<DemoOutcome.Exchange> chat = chat(data, tokenizer);
    DemoOutcome outcome =
        new DemoOutcome(
            data, pretraining, tuning, base, tuned, Comparison.of(base, tuned), proof, chat);
    new DemoReport(settings, files, outcome).write(backendDescription);
    console.line("report: " + files.report());
    return outcome;
  }

  private RunRecorder pretrain() {
    console.stage("pretraining a small Llama from scratch");
    PretrainConfig config = new PretrainConfig();
    config.modelNameOrPath = files.blankModel().toString();
    config.datasetName = List.of(files.corpus().toString());
    config.documentSeparator = DemoFiles.SEPARATOR;
    config.packingStrategy = "bfd";
    config.outputDir = files.baseModel().toString();
    config.maxLength = 256;
    config.maxSteps = settings.pretrainSteps();
    config.perDeviceTrainBatchSize = 12;
    config.learningRate = 3e-3;
    config.adamBeta2 = 0.99;
    config.weightDecay = 0.01;
    config.loggingSteps = 50;
    config.saveStrategy = "no";
    config.seed = settings.seed();
    config.device = settings.device();
    config.threads = settings.threads();
    try (SftRun run = SftRun.open(config, false)) {
      backendDescription = run.backend().description();
      console.line("%s; %,d weights".formatted(backendDescription, run.model().parameterCount()));
      RunRecorder recorder = new RunRecorder("pretraining");
      run.addListener(recorder);
      run.addListener(console.progress("pretrain"));
      run.run();
      return recorder;
    }
  }

  private RunRecorder fineTune() {
    console.stage("fine-tuning with LoRA on conversations, assistant tokens only");
    SftConfig config = new SftConfig();
    config.modelNameOrPath = files.baseModel().toString();
    config.datasetName = List.of(files.conversations().toString());
    config.outputDir = files.adapter().toString();
    config.assistantOnlyLoss = true;
    config.usePeft = true;
    config.loraR = 16;
    config.loraAlpha = 32;
    config.loraDropout = 0;
    config.loraTargetModules = TextNode.valueOf("all-linear");
    config.learningRate = 4e-3;
    config.lrSchedulerType = "cosine";
    config.warmupSteps = 0.05;
    config.maxSteps = settings.fineTuneSteps();
    config.perDeviceTrainBatchSize = 64;
    config.maxLength = 128;
    config.loggingSteps = 50;
    config.saveStrategy = "no";
    config.gradientCheckpointing = false;
    config.seed = settings.seed();
    config.device = settings.device();
    config.threads = settings.threads();
    try (SftRun run = SftRun.open(config, false)) {
      RunRecorder recorder = new RunRecorder("LoRA fine-tuning");
      run.addListener(recorder);
      run.addListener(console.progress("fine-tune"));
      run.run();
      return recorder;
    }
  }

  private EvalResult evaluate(Path adapter) {
    try (Backend backend = open();
        Decoder model =
            adapter == null
                ? ModelFolder.load(files.baseModel(), backend)
                : AdaptedModel.load(files.baseModel(), adapter, backend, false)) {
      ChatTemplate template = ChatTemplates.find(files.baseModel()).orElseThrow();
      Evaluator evaluator =
          new Evaluator(model, Tokenizer.load(files.baseModel()), template, EvalOptions.DEFAULT);
      return evaluator.evaluate(List.of(EvalTask.load(files.task())), ProgressListener.SILENT);
    }
  }

  private MergeProof merge(DemoData data, Tokenizer tokenizer) {
    console.stage("merging the adapter, and proving that the result is the same model");
    try (Backend backend = open();
        Decoder adapted = AdaptedModel.load(files.baseModel(), files.adapter(), backend, false);
        LoraMerge merge = LoraMerge.of(adapted);
        Decoder merged = merge.toModel()) {
      List<int[]> texts = new ArrayList<>();
      for (DemoItem item : data.heldOut().subList(0, 32)) {
        texts.add(tokenizer.encode(item.question() + " " + item.answer(), false).ids());
      }
      MergeProof proof = MergeProof.measure(adapted, merged, texts);
      if (!proof.holds(false)) {
        throw new IllegalStateException("the merged model differs from base + adapter: " + proof);
      }
      ModelFolder.save(
          files.mergedModel(),
          merge.weights(),
          adapted.config().json(),
          files.baseModel(),
          WeightFolderWriter.DEFAULT_MAX_SHARD_BYTES);
      return proof;
    }
  }

  private List<DemoOutcome.Exchange> chat(DemoData data, Tokenizer tokenizer) {
    console.stage("asking the merged model");
    List<DemoOutcome.Exchange> exchanges = new ArrayList<>();
    try (Backend backend = open();
        Decoder model = ModelFolder.load(files.mergedModel(), backend)) {
      ChatTemplate template = ChatTemplates.find(files.mergedModel()).orElseThrow();
      GenerationConfig generation =
          GenerationConfig.DEFAULT.toBuilder()
              .maxNewTokens(24)
              .eosTokenIds(List.of(tokenizer.eosId().orElseThrow()))
              .build();
      for (DemoItem item : data.heldOut().subList(0, CHAT_QUESTIONS)) {
        ChatRequest request =
            ChatRequest.of(Message.of("user", item.question())).withGenerationPrompt(true);
        int[] prompt = tokenizer.encode(template.render(request).text(), false).ids();
        String answer = new Generator(model, tokenizer).generate(prompt, generation).text();
        exchanges.add(new DemoOutcome.Exchange(item.question(), answer, item.answer()));
        console.line("  you:    " + item.question());
        console.line("  sifter: " + answer);
      }
    }
    return exchanges;
  }

  private Backend open() {
    int threads =
        settings.threads() > 0 ? settings.threads() : Runtime.getRuntime().availableProcessors();
    return Backends.open(settings.device(), threads);
  }
}
