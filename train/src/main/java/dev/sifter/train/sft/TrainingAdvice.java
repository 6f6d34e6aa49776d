package dev.sifter.train.sft;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.lora.TargetModules;
import dev.sifter.model.weights.WeightFolder;
import dev.sifter.train.data.DatasetStatistics;
import dev.sifter.train.optim.LearningRateSchedule;
import dev.sifter.train.report.Numbers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What practice says about a run that is allowed, but may disappoint: each line has the numbers and
 * the option to change. For LoRA it follows Schulman et al., "LoRA Without Regret" (2025), for
 * which TRL keeps a page: all layers, ten times the learning rate of full fine-tuning, small
 * batches.
 */
final class TrainingAdvice {
  /** Between TRL's default, meant for all weights, and ten times that. */
  private static final double LOW_LORA_RATE = 5e-5;

  private static final double HIGH_FULL_RATE = 5e-4;
  private static final int LARGE_LORA_BATCH = 32;
  private static final int LARGE_RANK = 64;

  /** Weights an adapter may have for each trained token before it can learn them by heart. */
  private static final long WEIGHTS_PER_TOKEN = 100;

  private static final long FEW_STEPS = 20;
  private static final double MANY_EPOCHS = 5;

  private final SftConfig config;
  private final List<String> lines = new ArrayList<>();

  private TrainingAdvice(SftConfig config) {
    this.config = config;
  }

  /**
   * Advice about a run.
   *
   * @param evaluates whether there is held-out data
   * @param steps optimizer steps that the run will make
   */
  static List<String> of(
      SftConfig config, DatasetStatistics data, boolean evaluates, Decoder model, long steps) {
    TrainingAdvice advice = new TrainingAdvice(config);
    advice.add(
        config.fromScratch && WeightFolder.isIn(Path.of(config.modelNameOrPath)),
        "the model begins with fresh weights, and those in %s are not used; from_scratch: false"
            + " goes on with them",
        config.modelNameOrPath);
    if (config.usePeft) {
      advice.onAdapters(data, model.parameters().trainable());
      advice.onTargets(model);
    } else {
      advice.add(
          !config.fromScratch && config.learningRate >= HIGH_FULL_RATE,
          "learning_rate %s is high for all weights of a trained model, which may forget what it"
              + " knew; 2e-5 is usual",
          config.learningRate);
    }
    advice.add(
        config.maxSteps <= 0 && steps < FEW_STEPS,
        "the run makes only %d optimizer steps; a smaller gradient_accumulation_steps or"
            + " per_device_train_batch_size, or more num_train_epochs, makes more",
        steps);
    advice.add(
        LearningRateSchedule.warmsUp(config.lrSchedulerType) && config.warmupSteps >= steps,
        "warmup_steps %s is not over at the last step, %d: learning_rate is never reached",
        config.warmupSteps,
        steps);
    advice.add(
        !evaluates && config.maxSteps <= 0 && config.numTrainEpochs > MANY_EPOCHS,
        "%s passes over the data without evaluation: that the model learns its rows by heart would"
            + " not be seen. Set eval_strategy, with eval_dataset, test_split_size or eval_tasks",
        config.numTrainEpochs);
    advice.add(
        Boolean.TRUE.equals(config.bf16) && model.parameters().activationType() != DType.BF16,
        "bf16: true holds on a GPU; on the CPU this run computes in fp32");
    advice.add(
        Boolean.TRUE.equals(config.fp16),
        "fp16: true is not followed: this run computes in fp32, which needs no loss scaling");
    double dropout = model.config().attention().dropout();
    advice.add(
        dropout > 0 && !model.backend().attention().canDrop(),
        "the model's config.json asks for dropout %s of attention's probabilities in training,"
            + " which a GPU leaves out; device: cpu applies it",
        dropout);
    return List.copyOf(advice.lines);
  }

  private void onAdapters(DatasetStatistics data, List<Parameter> trained) {
    add(
        config.learningRate <= LOW_LORA_RATE,
        "learning_rate %s suits the training of all weights; adapters learn best at about ten times"
            + " that: 2e-4",
        config.learningRate);
    int rows = config.perDeviceTrainBatchSize * config.gradientAccumulationSteps;
    add(
        rows > LARGE_LORA_BATCH,
        "%d rows in a step: adapters learn less from large batches than full fine-tuning does;"
            + " lower gradient_accumulation_steps or per_device_train_batch_size",
        rows);
    List<Parameter> adapters =
        trained.stream().filter(parameter -> parameter.name().contains(".lora_")).toList();
    long weights = adapters.stream().mapToLong(adapter -> adapter.value().elements()).sum();
    add(
        config.loraR >= LARGE_RANK && weights > WEIGHTS_PER_TOKEN * data.trainedTokens(),
        "the adapters have %,d weights for %,d trained tokens; a smaller lora_r than %d trains"
            + " faster and learns less by heart",
        weights,
        data.trainedTokens(),
        config.loraR);
  }

  /**
   * Where most is learnt; and names that are none, which PEFT passes over in silence as long as
   * another of the list is one.
   */
  private void onTargets(Decoder model) {
    List<String> adapted =
        model.linearLayers().stream()
            .filter(layer -> layer.adapter() != null)
            .map(LinearLayer::name)
            .toList();
    add(
        !adapted.isEmpty() && adapted.stream().noneMatch(model.config().names()::isOfMlp),
        "no MLP has an adapter, though most is learnt there; lora_target_modules: all-linear adapts"
            + " them too");
    if (config.loraConfig().targetModules() instanceof TargetModules.Suffixes(List<String> names)) {
      for (String name : names) {
        TargetModules one = new TargetModules.Suffixes(List.of(name));
        add(
            model.adaptableModules().stream().noneMatch(module -> one.matches(module.name())),
            "lora_target_modules names '%s', and the model has no such module: it has no effect",
            name);
      }
    }
  }

  /** A share or rate as people write it: 2e-5, not 2.0E-5. */
  private static Object shown(Object number) {
    return number instanceof Double value ? Numbers.significant(value, 6) : number;
  }

  private void add(boolean applies, String line, Object... numbers) {
    if (applies) {
      lines.add(
          String.format(
              Locale.ROOT, line, Arrays.stream(numbers).map(TrainingAdvice::shown).toArray()));
    }
  }
}
