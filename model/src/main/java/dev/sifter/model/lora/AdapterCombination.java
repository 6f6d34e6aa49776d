package dev.sifter.model.lora;

import dev.sifter.engine.random.RandomStream;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import dev.sifter.model.lora.AdapterTensors.Matrix;
import dev.sifter.model.weights.HostFloats;
import dev.sifter.model.weights.SafetensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.ejml.data.DMatrixRMaj;

/**
 * Several adapters of one base as one, by PEFT's formulas ({@code add_weighted_adapter}). The
 * result has a scale of 1.
 *
 * @param type how they are combined
 * @param weights one an adapter; negative ones take an adapter away
 * @param density share of elements that pruning keeps
 * @param electByCount whether TIES counts signs ({@code majority_sign_method: frequency})
 * @param svdRank rank of a result that is approximated; 0 for the largest of the adapters'
 * @param seed of DARE's random numbers
 */
public record AdapterCombination(
    CombinationType type,
    List<Double> weights,
    double density,
    boolean electByCount,
    int svdRank,
    long seed) {

  /**
   * Checks the numbers.
   *
   * @throws ModelException if the density is not a share, or the rank is negative
   */
  public AdapterCombination {
    if (svdRank < 0) {
      throw new ModelException(
          "the rank of the approximation is %d; it must be positive, or 0 for the adapters' largest"
              .formatted(svdRank));
    }
    if (type.prunes() && !(density > 0 && density <= 1)) {
      throw new ModelException(
          "density is %s; %s needs one above 0 and at most 1".formatted(density, type));
    }
  }

  /** A and B of one module in one adapter, and their scale. */
  private record Part(Matrix a, Matrix b, double scale, double weight) {}

  /**
   * Reads adapters and writes their combination.
   *
   * @throws ModelException if they do not fit together, or hold more than A and B
   */
  public void write(List<Path> adapters, Path folder, String baseModel) {
    if (adapters.size() != weights.size()) {
      throw new ModelException(
          "%d adapters, but %d weights".formatted(adapters.size(), weights.size()));
    }
    Map<String, List<Part>> parts = new TreeMap<>();
    List<LoraConfig> configs = new ArrayList<>();
    for (int i = 0; i < adapters.size(); i++) {
      try (AdapterFolder adapter = AdapterFolder.open(adapters.get(i))) {
        configs.add(adapter.config());
        read(adapter, weights.get(i), parts);
      }
    }
    int largest = configs.stream().mapToInt(AdapterCombination::largestRank).max().orElseThrow();
    int mostRank = svdRank == 0 ? largest : svdRank;
    Map<String, Tensor> tensors = new TreeMap<>();
    Map<String, Integer> ranks = new LinkedHashMap<>();
    parts.forEach(
        (module, its) -> {
          Factors combined = combine(module, its, mostRank);
          boolean embedding = module.contains(".lora_embedding");
          String path = module.replace(".lora_embedding", "");
          tensors.put(key(path, embedding, "A"), AdapterTensors.hostTensor(combined.a()));
          tensors.put(key(path, embedding, "B"), AdapterTensors.hostTensor(combined.b()));
          ranks.put(path.substring(AdapterKeys.PREFIX.length()), combined.a().rows());
        });
    SafetensorsWriter.write(folder.resolve(AdapterFolder.WEIGHTS), tensors);
    LoraConfig config = config(configs.getFirst(), ranks);
    boolean fanInFanOut =
        Json.readObject(adapters.getFirst().resolve(AdapterFolder.CONFIG))
            .path("fan_in_fan_out")
            .asBoolean();
    Json.write(
        folder.resolve(AdapterFolder.CONFIG),
        AdapterConfigFile.write(config, List.copyOf(ranks.keySet()), fanInFanOut, baseModel));
  }

  /** As in PEFT the rank of any layer, for all layers. */
  private static int largestRank(LoraConfig config) {
    return config.rankPattern().values().stream().reduce(config.r(), Math::max);
  }

  private static String key(String path, boolean embedding, String which) {
    return embedding ? path + ".lora_embedding_" + which : path + ".lora_" + which + ".weight";
  }

  /** Every module by its path, and whether it is an embedding. */
  private static void read(AdapterFolder adapter, double weight, Map<String, List<Part>> parts) {
    LoraConfig config = adapter.config();
    if (config.initLoraWeights().kind().changesBase()) {
      throw new ModelException(
          "%s began with directions of its base; combine the result of a finished run"
              .formatted(adapter.origin()));
    }
    for (String key : new TreeSet<>(adapter.names())) {
      boolean embedding = key.endsWith(".lora_embedding_A");
      if (embedding || key.endsWith(".lora_A.weight")) {
        String path = key.substring(0, key.lastIndexOf(".lora_"));
        String module = path.substring(AdapterKeys.PREFIX.length());
        Part part =
            new Part(
                matrix(adapter.tensor(key)),
                matrix(adapter.tensor(key(path, embedding, "B"))),
                config.scale(module),
                weight);
        parts
            .computeIfAbsent(path + (embedding ? ".lora_embedding" : ""), p -> new ArrayList<>())
            .add(part);
      } else if (!key.endsWith("lora_B.weight")
          && !key.endsWith(".lora_embedding_B")
          && !key.contains(AdapterKeys.BASE_LAYER)) {
        throw new ModelException(
            "%s holds '%s'; only adapters of A and B can be combined"
                .formatted(adapter.origin(), key));
      }
    }
  }

  private static Matrix matrix(Tensor tensor) {
    return new Matrix(tensor.rows(), tensor.width(), HostFloats.of(tensor));
  }

  /** The first one's configuration, of the new ranks, with alpha as large. */
  private LoraConfig config(LoraConfig first, Map<String, Integer> ranks) {
    int rank = ranks.values().iterator().next();
    Map<String, Integer> others = new LinkedHashMap<>();
    Map<String, Double> alphas = new LinkedHashMap<>();
    ranks.forEach(
        (module, own) -> {
          if (own != rank) {
            others.put(module.replace(".", "\\."), own);
            alphas.put(module.replace(".", "\\."), (double) own);
          }
        });
    return first.toBuilder()
        .r(rank)
        .loraAlpha(rank)
        .useRslora(false)
        .rankPattern(others)
        .alphaPattern(alphas)
        .layersToTransform(null)
        .excludeModules(null)
        .targetModules(new TargetModules.Suffixes(List.copyOf(ranks.keySet())))
        .initLoraWeights(LoraInit.DEFAULT)
        .build();
  }

  private Factors combine(String module, List<Part> parts, int mostRank) {
    requireOneLayer(module, parts);
    if (type == CombinationType.CAT) {
      return beside(parts);
    }
    // A stream for each module and each of A and B, far enough apart for all adapters.
    RandomStream stream = new RandomStream(seed, (long) module.hashCode() << 16);
    return type.onChanges() ? onChanges(parts, stream, mostRank) : onParts(module, parts, stream);
  }

  /** Adapters of another base may have a module of this name, but not of this size. */
  private static void requireOneLayer(String module, List<Part> parts) {
    Part first = parts.getFirst();
    for (Part part : parts) {
      if (part.b.width() != part.a.rows()) {
        throw new ModelException(
            "'%s' has an A of %s and a B of %s, which do not multiply"
                .formatted(module, shape(part.a), shape(part.b)));
      }
      if (part.a.width() != first.a.width() || part.b.rows() != first.b.rows()) {
        throw new ModelException(
            ("'%s' has A and B of %s and %s in one adapter, %s and %s in another; combine adapters"
                    + " of one base model")
                .formatted(module, shape(first.a), shape(first.b), shape(part.a), shape(part.b)));
      }
    }
  }

  private static Shape shape(Matrix matrix) {
    return Shape.of(matrix.rows(), matrix.width());
  }

  private static Factors beside(List<Part> parts) {
    int rank = parts.stream().mapToInt(part -> part.a.rows()).sum();
    int in = parts.getFirst().a.width();
    int out = parts.getFirst().b.rows();
    float[] a = new float[rank * in];
    float[] b = new float[out * rank];
    int at = 0;
    for (Part part : parts) {
      float factor = (float) (part.weight * part.scale);
      for (int i = 0; i < part.a.values().length; i++) {
        a[at * in + i] = part.a.values()[i] * factor;
      }
      for (int row = 0; row < out; row++) {
        int own = part.b.width();
        System.arraycopy(part.b.values(), row * own, b, row * rank + at, own);
      }
      at += part.a.rows();
    }
    return new Factors(new Matrix(rank, in, a), new Matrix(out, rank, b));
  }

  /** A and B each by itself, weighted by √|w·s|, the sign with A. */
  private Factors onParts(String module, List<Part> parts, RandomStream stream) {
    Matrix firstA = parts.getFirst().a;
    Matrix firstB = parts.getFirst().b;
    if (parts.stream().anyMatch(part -> part.a.rows() != firstA.rows())) {
      throw new ModelException(
          "'%s' has ranks %s; %s needs equal ones: use cat or svd"
              .formatted(module, parts.stream().map(part -> part.a.rows()).toList(), type));
    }
    double[] weightsA = new double[parts.size()];
    double[] weightsB = new double[parts.size()];
    for (int i = 0; i < weightsA.length; i++) {
      double factor = parts.get(i).weight * parts.get(i).scale;
      weightsB[i] = Math.sqrt(Math.abs(factor));
      weightsA[i] = factor < 0 ? -weightsB[i] : weightsB[i];
    }
    List<float[]> as = parts.stream().map(part -> part.a.values()).toList();
    List<float[]> bs = parts.stream().map(part -> part.b.values()).toList();
    RandomStream second = new RandomStream(stream.seed(), stream.stream() + (1 << 15));
    return new Factors(
        new Matrix(firstA.rows(), firstA.width(), vector(as, weightsA, stream)),
        new Matrix(firstB.rows(), firstB.width(), vector(bs, weightsB, second)));
  }

  private Factors onChanges(List<Part> parts, RandomStream stream, int mostRank) {
    List<float[]> changes = new ArrayList<>();
    for (Part part : parts) {
      DMatrixRMaj product =
          SingularTriplets.multiply(Factors.matrix(part.b), Factors.matrix(part.a));
      float[] change = Factors.narrow(product).values();
      for (int i = 0; i < change.length; i++) {
        change[i] *= (float) part.scale;
      }
      changes.add(change);
    }
    double[] own = parts.stream().mapToDouble(part -> part.weight).toArray();
    int out = parts.getFirst().b.rows();
    int in = parts.getFirst().a.width();
    Matrix sum = new Matrix(out, in, vector(changes, own, stream));
    int rank = Math.min(mostRank, Math.min(in, out));
    SingularTriplets top = SingularTriplets.largest(Factors.matrix(sum), rank);
    DMatrixRMaj a = new DMatrixRMaj(rank, in);
    DMatrixRMaj b = new DMatrixRMaj(out, rank);
    for (int i = 0; i < rank; i++) {
      for (int column = 0; column < in; column++) {
        a.set(i, column, top.v().get(column, i));
      }
      for (int row = 0; row < out; row++) {
        b.set(row, i, top.values()[i] * top.u().get(row, i));
      }
    }
    return new Factors(Factors.narrow(a), Factors.narrow(b));
  }

  private float[] vector(List<float[]> vectors, double[] weights, RandomStream stream) {
    return switch (type) {
      case LINEAR, SVD, CAT -> TaskVectors.sum(vectors, weights);
      case TIES, TIES_SVD ->
          TaskVectors.elected(TaskVectors.largest(vectors, density), weights, electByCount);
      case DARE_LINEAR, DARE_LINEAR_SVD ->
          TaskVectors.sum(TaskVectors.dropped(vectors, density, stream), weights);
      case DARE_TIES, DARE_TIES_SVD ->
          TaskVectors.elected(TaskVectors.dropped(vectors, density, stream), weights, electByCount);
      case MAGNITUDE_PRUNE, MAGNITUDE_PRUNE_SVD ->
          TaskVectors.sum(TaskVectors.largest(vectors, density), weights);
    };
  }
}
