package dev.sifter.model.lora;

import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.EmbeddingLayer;
import dev.sifter.model.lora.AdapterTensors.Matrix;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An adapter that began with directions of its base (PiSSA, OLoRA), as one for the base as it was:
 * what training changed is B·A − B₀·A₀ = [B, −B₀]·[A; A₀], of twice the rank. Embeddings begin at
 * random with an A₀ of zeros; they get the rank of the others.
 */
public final class PlainAdapter {
  private PlainAdapter() {}

  /**
   * Writes the adapter of a model so that anybody can put it on the unchanged base.
   *
   * @param base the folder of the unchanged base, from which the beginning is computed again
   * @param baseModel what the configuration names as the base
   */
  public static void save(
      Path folder, Decoder model, LoraConfig config, Path base, String baseModel) {
    if (!config.initLoraWeights().kind().changesBase()) {
      AdapterFolder.save(folder, model, config, baseModel);
      return;
    }
    Map<String, Tensor> tensors = new TreeMap<>();
    List<Adaptable> adapted = AdapterFolder.adapted(model);
    try (Decoder initial = AdaptedModel.fresh(base, model.backend(), config, 0)) {
      Map<String, Adaptable> beginnings = new LinkedHashMap<>();
      AdapterFolder.adapted(initial).forEach(module -> beginnings.put(module.name(), module));
      for (Adaptable module : adapted) {
        AdapterFolder.put(tensors, model, module);
        Adaptable beginning = beginnings.get(module.name());
        Matrix a = byRank(model, module);
        Matrix a0 = byRank(initial, beginning);
        Matrix b = matrix(model, module.adapter().b().value());
        Matrix b0 = matrix(initial, beginning.adapter().b().value());
        tensors.put(AdapterKeys.a(module), AdapterTensors.hostTensor(above(a, a0)));
        tensors.put(AdapterKeys.b(module), AdapterTensors.hostTensor(besideNegative(b, b0)));
      }
      AdapterFolder.write(folder, tensors, model, doubled(config), adapted, baseModel);
    }
  }

  /** A as files have it, [r, in]; in memory the embeddings' lies by token. */
  private static Matrix byRank(Decoder model, Adaptable module) {
    Matrix a = matrix(model, module.adapter().a().value());
    return module instanceof EmbeddingLayer ? AdapterTensors.transposed(a) : a;
  }

  private static Matrix matrix(Decoder model, Tensor tensor) {
    return AdapterTensors.floats(model.parameters(), tensor);
  }

  private static Matrix above(Matrix upper, Matrix lower) {
    float[] values = new float[upper.values().length + lower.values().length];
    System.arraycopy(upper.values(), 0, values, 0, upper.values().length);
    System.arraycopy(lower.values(), 0, values, upper.values().length, lower.values().length);
    return new Matrix(upper.rows() + lower.rows(), upper.width(), values);
  }

  private static Matrix besideNegative(Matrix left, Matrix right) {
    int width = left.width() + right.width();
    float[] values = new float[left.rows() * width];
    for (int row = 0; row < left.rows(); row++) {
      System.arraycopy(left.values(), row * left.width(), values, row * width, left.width());
      for (int column = 0; column < right.width(); column++) {
        values[row * width + left.width() + column] = -right.values()[row * right.width() + column];
      }
    }
    return new Matrix(left.rows(), width, values);
  }

  /** Twice the rank at the same scale. */
  private static LoraConfig doubled(LoraConfig config) {
    boolean patterned = !config.rankPattern().isEmpty() || !config.alphaPattern().isEmpty();
    if (config.useRslora() && patterned) {
      throw new ModelException(
          "use_rslora with rank_pattern or alpha_pattern: no one alpha keeps the scales when ranks"
              + " double; leave one of them out");
    }
    Map<String, Integer> ranks = new LinkedHashMap<>();
    config.rankPattern().forEach((module, rank) -> ranks.put(module, 2 * rank));
    Map<String, Double> alphas = new LinkedHashMap<>();
    config.alphaPattern().forEach((module, alpha) -> alphas.put(module, 2 * alpha));
    return config.toBuilder()
        .r(2 * config.r())
        .loraAlpha(config.loraAlpha() * (config.useRslora() ? Math.sqrt(2) : 2))
        .rankPattern(ranks)
        .alphaPattern(alphas)
        .initLoraWeights(LoraInit.DEFAULT)
        .build();
  }
}
