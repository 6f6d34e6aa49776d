package dev.sifter.model.lora;

import dev.sifter.engine.autograd.Workspace;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.DenseWeight;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.ops.RowNorms;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.ModelException;
import dev.sifter.model.config.ModelConfig;
import dev.sifter.model.decoder.Adaptable;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.EmbeddingLayer;
import dev.sifter.model.decoder.HeadLayer;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightSource;
import java.util.Map;
import java.util.Set;

/**
 * The weights of an adapted model with its adapters added in: W + s·B·A, summed in fp32 and rounded
 * once to the base's type. Closing it frees the merged weights; the adapted model stays as it was.
 *
 * <p>As in PEFT, an adapter of the embedding table also reaches a head that is tied to it, which it
 * did not before: such a merge changes the model, unless the head is kept apart.
 */
public final class LoraMerge implements WeightSource {
  private final Decoder adapted;
  private final ModelConfig config;
  private final TensorArena arena;
  private final Workspace workspace;
  private final Map<String, Tensor> tensors;

  private LoraMerge(Decoder adapted, boolean untie) {
    this.adapted = adapted;
    this.arena = adapted.backend().newArena("merged");
    this.workspace = new ArenaWorkspace(adapted.backend(), arena);
    adapted.embeddingLayer().update(adapted.backend());
    this.tensors = ModelFolder.weights(adapted);
    boolean unties = untie && adapted.config().tieWordEmbeddings();
    this.config = unties ? adapted.config().untied() : adapted.config();
    if (unties) {
      tensors.put(config.headWeightName(), tensors.get(config.embeddingWeightName()));
    }
    for (LinearLayer layer : adapted.linearLayers()) {
      if (layer.adapter() != null) {
        merge(layer);
      }
    }
    EmbeddingLayer embedding = adapted.embeddingLayer();
    if (embedding.adapter() != null) {
      put(config.embeddingWeightName(), sum(embedding, embedding.linearWeight()));
    }
    HeadLayer head = adapted.headLayer();
    if (head.adapter() != null) {
      String name =
          config.tieWordEmbeddings() ? config.embeddingWeightName() : config.headWeightName();
      put(name, sum(head, head.linearWeight()));
    }
  }

  /** What frees and takes memory of an arena. */
  private record ArenaWorkspace(Backend backend, TensorArena arena) implements Workspace {
    @Override
    public Tensor temporary(DType dtype, Shape shape) {
      return arena.allocate(dtype, shape);
    }

    @Override
    public Tensor temporary(DType dtype, Shape shape, int border) {
      return arena.allocate(dtype, shape, border);
    }

    @Override
    public void release(Tensor temporary) {
      arena.release(temporary);
    }
  }

  /** Merges the adapters of a model, which must live as long as the result. */
  public static LoraMerge of(Decoder adapted) {
    return of(adapted, false);
  }

  /**
   * Merges the adapters of a model, which must live as long as the result.
   *
   * @param untie whether a head that is tied to the embeddings is kept apart, as it was
   * @throws ModelException if the base is quantised: a merge would round it anew
   */
  public static LoraMerge of(Decoder adapted, boolean untie) {
    for (LinearLayer layer : adapted.linearLayers()) {
      if (layer.adapter() != null && !(layer.weight() instanceof DenseWeight)) {
        throw new ModelException(
            ("the base is quantised: merging would round '%s' to 4 bits once more; merge into the"
                    + " base in full precision")
                .formatted(layer.name()));
      }
    }
    return new LoraMerge(adapted, untie);
  }

  private void merge(LinearLayer layer) {
    put(layer.name() + ".weight", sum(layer, (DenseWeight) layer.weight()));
    addBias(layer.name(), layer.adapter());
  }

  private void put(String name, Tensor wide) {
    DType dtype = tensors.get(name).dtype();
    Tensor merged = wide;
    if (dtype != wide.dtype()) {
      merged = arena.allocate(dtype, wide.shape());
      adapted.backend().pointwise().cast(wide, merged);
      arena.release(wide);
    }
    tensors.put(name, merged);
  }

  /** W + s·B·A, its rows brought to their trained lengths where they have such. */
  private Tensor sum(Adaptable module, DenseWeight weight) {
    LoraAdapter part = module.adapter();
    LowRankChange change = module.change(part.a().value(), part.b().value(), part.scale());
    Tensor sum = arena.allocate(DType.F32, weight.variable().shape());
    add(workspace, weight, change, sum);
    if (part.dora() != null) {
      Tensor factors = arena.allocate(DType.F32, Shape.of(weight.outputs()));
      RowNorms.invert(workspace, weight, change, part.dora().squaredNorms(), factors);
      Tensor row = factors.reshape(1, factors.elements());
      adapted.backend().linear().scaleColumns(row, part.dora().magnitude().value(), false, row);
      scaleRows(sum, weight.outputsFirst(), factors);
      arena.release(factors);
    }
    return sum;
  }

  /** out = W + s·B·A, in the layout of W; out may be W's own memory. */
  static void add(Workspace workspace, DenseWeight weight, LowRankChange change, Tensor out) {
    Backend backend = workspace.backend();
    Tensor base = weight.variable().value();
    Tensor sum = out.dtype() == DType.F32 ? out : workspace.temporary(DType.F32, out.shape());
    if (sum != base) {
      backend.pointwise().cast(base, sum);
    }
    Tensor u = change.u();
    Tensor v = change.v();
    float scale = change.zScale() * change.scale();
    if (weight.outputsFirst()) {
      backend.linear().matmul(v, !change.transposeV(), u, !change.transposeU(), scale, 1, sum);
    } else {
      backend.linear().matmul(u, change.transposeU(), v, change.transposeV(), scale, 1, sum);
    }
    if (sum != out) {
      backend.pointwise().cast(sum, out);
      workspace.release(sum);
    }
  }

  /** Multiplies each output's weights by its factor. */
  private void scaleRows(Tensor weight, boolean outputsFirst, Tensor factors) {
    Backend backend = adapted.backend();
    if (!outputsFirst) {
      backend.linear().scaleColumns(weight, factors, false, weight);
      return;
    }
    AdapterTensors.Matrix numbers =
        AdapterTensors.floats(workspace, factors.reshape(1, factors.elements()));
    for (int row = 0; row < weight.rows(); row++) {
      Tensor view = weight.rows(row, row + 1);
      backend.pointwise().scale(view, numbers.values()[row], view);
    }
  }

  private void addBias(String module, LoraAdapter part) {
    if (part.bias() == null) {
      return;
    }
    Tensor base = tensors.get(module + ".bias");
    if (base == null) {
      throw new ModelException(
          "lora_bias on '%s', which has no bias to merge it into; use the adapter beside its base"
              .formatted(module));
    }
    Tensor sum = arena.allocate(DType.F32, base.shape());
    Tensor wide = arena.allocate(DType.F32, base.shape());
    adapted.backend().pointwise().cast(base, wide);
    adapted.backend().pointwise().scale(part.bias().value(), part.scale(), sum);
    adapted.backend().pointwise().add(sum, wide, sum);
    arena.release(wide);
    put(module + ".bias", sum);
  }

  /** The configuration of the merged model. */
  public ModelConfig config() {
    return config;
  }

  /** The merged model; closing it closes this. */
  public Decoder toModel() {
    ParameterStore store = new ParameterStore(adapted.backend(), this, name -> false, DType.F32);
    return Decoder.over(config, store);
  }

  /** All weights, in the order of the model's. */
  public Map<String, Tensor> weights() {
    return tensors;
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Tensor tensor(String name) {
    return tensors.get(name);
  }

  @Override
  public String origin() {
    return "the merged weights";
  }

  @Override
  public void close() {
    arena.close();
  }
}
