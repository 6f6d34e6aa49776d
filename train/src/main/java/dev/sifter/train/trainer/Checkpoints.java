package dev.sifter.train.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import dev.sifter.model.weights.SafetensorsFile;
import dev.sifter.model.weights.SafetensorsWriter;
import dev.sifter.train.optim.Optimizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes checkpoints and continues from them. Whatever stops the process, each {@code checkpoint-N}
 * that exists is {@linkplain CheckpointFolders whole}.
 */
public final class Checkpoints {
  private static final String STATE = "trainer_state.json";
  private static final String MOMENTS = "optimizer.safetensors";

  private final Path outputDir;
  private final ModelSaver saver;
  private final int saveTotalLimit;
  private final TrainingLog log;
  private final RunRecord record;

  /**
   * Checkpoints of a run.
   *
   * @param saveTotalLimit how many to keep; 0 for all
   * @param log whose lines so far go into each checkpoint
   * @param record what the run is, which lies beside each checkpoint
   */
  public Checkpoints(
      Path outputDir, ModelSaver saver, int saveTotalLimit, TrainingLog log, RunRecord record) {
    this.outputDir = outputDir;
    this.saver = saver;
    this.saveTotalLimit = saveTotalLimit;
    this.log = log;
    this.record = record;
  }

  /** Writes a checkpoint of the trainer's state, then removes the oldest beyond the limit. */
  public void write(Trainer trainer) {
    long step = trainer.globalStep();
    Path target = CheckpointFolders.of(outputDir, step);
    try {
      CheckpointFolders.write(
          outputDir,
          step,
          folder -> {
            saver.save(folder);
            writeMoments(folder, trainer.optimizer());
            record.write(folder);
            Json.write(folder.resolve(STATE), describe(trainer));
          });
    } catch (IOException e) {
      throw failure(target, FileErrors.reason(e), e);
    } catch (UncheckedIOException e) {
      throw failure(target, e.getMessage(), e.getCause());
    }
    removeOldest(trainer.bestCheckpoint());
  }

  private static UncheckedIOException failure(Path target, String message, IOException cause) {
    return new UncheckedIOException(
        ("checkpoint %s was not written: %s. Earlier checkpoints are whole: make room, or set"
                + " save_total_limit, and continue with --resume")
            .formatted(target, message),
        cause);
  }

  private static void writeMoments(Path folder, Optimizer optimizer) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Optimizer.State state : optimizer.state()) {
      state.tensors().forEach((key, tensor) -> tensors.put(state.name() + "." + key, tensor));
    }
    SafetensorsWriter.write(folder.resolve(MOMENTS), tensors);
  }

  private ObjectNode describe(Trainer trainer) {
    TrainerState state = trainer.state();
    ObjectNode node = Json.mapper().createObjectNode();
    node.put("epoch", trainer.epoch());
    node.put("global_step", state.globalStep());
    node.put("max_steps", trainer.maxSteps());
    node.put("loss_sum", state.lossSum());
    node.put("num_input_tokens_seen", state.numTokens());
    node.put("total_flos", state.totalFlos());
    node.set("schedule_state", Json.mapper().valueToTree(state.schedule()));
    putBest(node, state.best());
    node.put("steps_above_watchdog", state.watchdog());
    node.set("unlogged", Json.mapper().valueToTree(state.unlogged()));
    ObjectNode steps = node.putObject("optimizer_steps");
    trainer.optimizer().state().forEach(moment -> steps.put(moment.name(), moment.step()));
    node.set("log_history", log.history());
    return node;
  }

  /** The best evaluation so far under transformers' names; nothing before the first. */
  private void putBest(ObjectNode node, BestMetric.State best) {
    if (best.step() > 0) {
      node.put("best_metric", best.value());
      node.put("best_global_step", best.step());
      if (best.checkpoint() > 0) {
        Path folder = CheckpointFolders.of(outputDir, best.checkpoint());
        node.put("best_model_checkpoint", folder.toString());
      }
      node.put("early_stopping_patience_counter", best.withoutImprovement());
    }
  }

  private static BestMetric.State best(ObjectNode node, Path outputDir) {
    return node.has("best_metric")
        ? new BestMetric.State(
            node.path("best_metric").asDouble(),
            node.path("best_global_step").asLong(),
            bestCheckpoint(node, outputDir),
            node.path("early_stopping_patience_counter").asInt())
        : BestMetric.State.NONE;
  }

  /** The step of the best checkpoint, if it still lies in what may be a moved folder. */
  private static long bestCheckpoint(ObjectNode node, Path outputDir) {
    Path recorded = Path.of(node.path("best_model_checkpoint").asText());
    return CheckpointFolders.all(outputDir).stream()
        .filter(folder -> folder.endsWith(recorded.getFileName()))
        .mapToLong(CheckpointFolders::step)
        .findFirst()
        .orElse(0);
  }

  /** The newest checkpoint in a folder. */
  public static Optional<Path> latest(Path outputDir) {
    List<Path> all = CheckpointFolders.all(outputDir);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  /**
   * The checkpoint that a run begins from. A run that begins anew must not find checkpoints of an
   * earlier one: it would later be resumed from them, and they would be kept instead of its own.
   *
   * @param resume whether to continue from the newest
   * @param overwrite whether a run that begins anew will {@link #removeEarlier remove} them
   * @return null to begin anew
   * @throws IllegalArgumentException if there is none to resume, or there are some to overwrite
   */
  public static Path toBeginFrom(Path outputDir, boolean resume, boolean overwrite) {
    Path latest = latest(outputDir).orElse(null);
    if (resume && latest == null) {
      throw new IllegalArgumentException(
          outputDir + " has no checkpoint to resume; leave --resume out");
    }
    if (!resume && latest != null && !overwrite) {
      throw new IllegalArgumentException(
          ("%s holds checkpoints of an earlier run, %s the newest: continue it with --resume, name"
                  + " another output_dir, or remove them with overwrite_output_dir: true")
              .formatted(outputDir, latest.getFileName()));
    }
    return resume ? latest : null;
  }

  /** Removes what an earlier run left, once nothing can be refused any more. */
  public static void removeEarlier(Path outputDir) {
    try {
      for (Path checkpoint : CheckpointFolders.all(outputDir)) {
        CheckpointFolders.remove(checkpoint);
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot remove checkpoints from " + outputDir, e);
    }
  }

  /**
   * Leaves the best checkpoint alone where one is to be kept, as transformers does once a run is
   * over: until then the newest was there too, to continue from.
   *
   * @param saveTotalLimit how many to keep; 0 for all
   * @param best the step of the best; 0 for none
   */
  public static void finish(Path outputDir, int saveTotalLimit, long best) {
    if (saveTotalLimit == 1 && best > 0) {
      CheckpointFolders.all(outputDir).stream()
          .filter(folder -> CheckpointFolders.step(folder) != best)
          .forEach(CheckpointFolders::removeQuietly);
    }
  }

  /** The checkpoint that was written after a step, if it is there. */
  public static Optional<Path> after(Path outputDir, long step) {
    return Optional.of(CheckpointFolders.of(outputDir, step)).filter(Files::isDirectory);
  }

  /**
   * Continues a trainer, whose model was loaded from the checkpoint, from its state.
   *
   * @param log gets the lines up to the checkpoint; those of steps after it will come again
   * @throws dev.sifter.model.ModelException if the checkpoint's files are missing or broken
   */
  public static void restore(Path checkpoint, Trainer trainer, TrainingLog log) {
    ObjectNode node = Json.readObject(checkpoint.resolve(STATE));
    double[] schedule = new double[node.path("schedule_state").size()];
    for (int i = 0; i < schedule.length; i++) {
      schedule[i] = node.path("schedule_state").get(i).asDouble();
    }
    TrainerState state =
        new TrainerState(
            node.path("global_step").asLong(),
            node.path("loss_sum").asDouble(Double.NaN),
            node.path("num_input_tokens_seen").asLong(),
            node.path("total_flos").asDouble(),
            schedule,
            Json.mapper().convertValue(node.path("unlogged"), LogSums.class),
            best(node, checkpoint.toAbsolutePath().getParent()),
            node.path("steps_above_watchdog").asInt());
    try (SafetensorsFile moments = SafetensorsFile.open(checkpoint.resolve(MOMENTS))) {
      List<Optimizer.State> states = new ArrayList<>();
      for (Map.Entry<String, JsonNode> steps : node.path("optimizer_steps").properties()) {
        String prefix = steps.getKey() + ".";
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String entry : moments.entries().keySet()) {
          if (entry.startsWith(prefix) && entry.indexOf('.', prefix.length()) < 0) {
            tensors.put(entry.substring(prefix.length()), moments.tensor(entry));
          }
        }
        states.add(new Optimizer.State(steps.getKey(), steps.getValue().asLong(), tensors));
      }
      trainer.resume(state, states);
    }
    log.restore(node.withArray("log_history"));
  }

  /**
   * Leaves as many as the limit says, or the two that are needed: the newest, to continue from, and
   * the best. The rule is transformers' {@code rotate_checkpoints}.
   */
  private void removeOldest(long best) {
    if (saveTotalLimit == 0) {
      return;
    }
    List<Path> all = CheckpointFolders.all(outputDir);
    List<Path> others = new ArrayList<>(all.subList(0, all.size() - 1));
    others.removeIf(folder -> CheckpointFolders.step(folder) == best);
    int needed = all.size() - others.size();
    int surplus = all.size() - Math.max(saveTotalLimit, needed);
    others.stream().limit(Math.max(surplus, 0)).forEach(CheckpointFolders::removeQuietly);
  }
}
