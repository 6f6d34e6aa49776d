package dev.sifter.model.lora;

import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.memory.TensorArena;
import dev.sifter.engine.ops.LoraLinear;
import dev.sifter.engine.ops.WeightLayout;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.decoder.Decoder;
import dev.sifter.model.decoder.LinearLayer;
import dev.sifter.model.decoder.ModelFolder;
import dev.sifter.model.decoder.ParameterStore;
import dev.sifter.model.weights.WeightSource;
import java.util.Map;
import java.util.Set;

/**
 * The weights of an adapted model with its adapters added in: W + s·B·A, summed in fp32 and rounded
 * once to the base's type. Closing it frees the merged weights; the adapted model stays as it was.
 */
public final class LoraMerge implements WeightSource {
  private final Decoder adapted;
  private final TensorArena arena;
  private final Map<String, Tensor> tensors;

  private LoraMerge(Decoder adapted) {
    this.adapted = adapted;
    this.arena = adapted.backend().newArena("merged");
    this.tensors = ModelFolder.weights(adapted);
    for (LinearLayer layer : adapted.linearLayers()) {
      if (layer.adapter() != null) {
        tensors.put(layer.weight().name(), merge(layer));
      }
    }
  }

  /** Merges the adapters of a model, which must live as long as the result. */
  public static LoraMerge of(Decoder adapted) {
    return new LoraMerge(adapted);
  }

  private Tensor merge(LinearLayer layer) {
    Backend backend = adapted.backend();
    Tensor base = layer.weight().value();
    LoraLinear.Adapter adapter = layer.adapter();
    Tensor a = adapter.a().value();
    Tensor b = adapter.b().value();
    Tensor sum = arena.allocate(DType.F32, base.shape());
    backend.pointwise().cast(base, sum);
    if (layer.layout() == WeightLayout.OUT_IN) {
      backend.linear().matmul(b, false, a, false, adapter.scale(), 1, sum);
    } else {
      backend.linear().matmul(a, true, b, true, adapter.scale(), 1, sum);
    }
    if (base.dtype() == DType.F32) {
      return sum;
    }
    Tensor rounded = arena.allocate(base.dtype(), base.shape());
    backend.pointwise().cast(sum, rounded);
    arena.release(sum);
    return rounded;
  }

  /** The merged model; closing it closes this. */
  public Decoder toModel() {
    ParameterStore store = new ParameterStore(adapted.backend(), this, name -> false, DType.F32);
    return Decoder.over(adapted.config(), store);
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
