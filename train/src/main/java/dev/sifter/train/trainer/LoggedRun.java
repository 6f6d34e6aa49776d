package dev.sifter.train.trainer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run by the figures that it told.
 *
 * @param steps lines of training, ascending in their steps
 * @param evaluations likewise
 * @param summary empty if the run was cut off
 */
public record LoggedRun(
    List<StepMetrics> steps, List<Evaluated> evaluations, Optional<TrainingSummary> summary) {

  /** Copies the lists. */
  public LoggedRun {
    steps = List.copyOf(steps);
    evaluations = List.copyOf(evaluations);
  }

  /**
   * Figures on held-out data.
   *
   * @param step optimizer steps made
   * @param figures by the names that the log gives them, such as {@code eval_loss}
   */
  public record Evaluated(long step, Map<String, Double> figures) {}

  /** The values of one figure of the evaluations, such as {@code eval_loss}, by their steps. */
  public Map<Long, Double> evaluated(String figure) {
    Map<Long, Double> values = new LinkedHashMap<>();
    for (Evaluated evaluated : evaluations) {
      if (evaluated.figures.containsKey(figure)) {
        values.put(evaluated.step, evaluated.figures.get(figure));
      }
    }
    return values;
  }

  /**
   * Reads the log in a run's output folder. Of several runs that wrote into it the last one counts.
   *
   * @throws ModelException if there is none, or a line is not what {@link TrainingLog} writes
   */
  public static LoggedRun read(Path folder) {
    Path file = folder.resolve(TrainingLog.FILE);
    Reader reader = new Reader();
    int number = 0;
    try {
      String text = Files.readString(file);
      // What comes after the last line end is still being written.
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
        number++;
        JsonNode node = Json.mapper().readTree(line);
        if (!node.path("step").isIntegralNumber()) {
          throw new ModelException("%s:%d: no line of a log: %s".formatted(file, number, line));
        }
        reader.add(node);
      }
    } catch (NoSuchFileException e) {
      throw new ModelException(
          folder + " has no " + TrainingLog.FILE + ": name the output_dir of a run", e);
    } catch (JsonProcessingException e) {
      throw new ModelException("%s:%d: not JSON: %s".formatted(file, number, Json.reason(e)), e);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
    return new LoggedRun(reader.steps, reader.evaluations, reader.summary);
  }

  /** Takes the lines one by one; each tells by its figures what it is. */
  private static final class Reader {
    private final List<StepMetrics> steps = new ArrayList<>();
    private final List<Evaluated> evaluations = new ArrayList<>();
    private Optional<TrainingSummary> summary = Optional.empty();

    void add(JsonNode line) {
      long step = line.get("step").longValue();
      boolean ends = line.has("train_loss");
      boolean isStep = line.has("loss");
      if (!ends && (summary.isPresent() || isAgain(step, isStep))) {
        steps.clear();
        evaluations.clear();
        summary = Optional.empty();
      }
      if (ends) {
        summary = Optional.of(summary(line));
      } else if (isStep) {
        steps.add(step(line));
      } else {
        evaluations.add(new Evaluated(step, figures(line)));
      }
    }

    /** Steps only grow, until another run begins. */
    private boolean isAgain(long step, boolean isStep) {
      return isStep
          ? !steps.isEmpty() && step <= steps.getLast().step()
          : !evaluations.isEmpty() && step <= evaluations.getLast().step();
    }

    private static StepMetrics step(JsonNode line) {
      return new StepMetrics(
          line.get("step").longValue(),
          number(line, "epoch"),
          number(line, "loss"),
          number(line, "grad_norm"),
          number(line, "learning_rate"),
          number(line, "entropy"),
          number(line, "mean_token_accuracy"),
          line.path("num_tokens").longValue(),
          number(line, "tokens_per_second"),
          number(line, "mfu"),
          line.path("peak_memory_bytes").longValue());
    }

    private static TrainingSummary summary(JsonNode line) {
      return new TrainingSummary(
          line.get("step").longValue(),
          number(line, "epoch"),
          number(line, "train_loss"),
          number(line, "total_flos"),
          line.path("num_tokens").longValue(),
          number(line, "train_runtime"),
          line.path("peak_memory_bytes").longValue(),
          line.path("stop_reason").textValue());
    }

    private static Map<String, Double> figures(JsonNode line) {
      Map<String, Double> figures = new LinkedHashMap<>();
      for (String name : (Iterable<String>) line::fieldNames) {
        if (!name.equals("step") && !name.equals("epoch")) {
          figures.put(name, number(line, name));
        }
      }
      return figures;
    }

    /** Jackson writes what is no number as a text, such as {@code "NaN"}. */
    private static double number(JsonNode line, String name) {
      JsonNode value = line.path(name);
      return value.isTextual() ? Double.parseDouble(value.textValue()) : value.asDouble(Double.NaN);
    }
  }
}
