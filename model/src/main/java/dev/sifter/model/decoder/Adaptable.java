package dev.sifter.model.decoder;

import dev.sifter.engine.backend.LowRankChange;
import dev.sifter.engine.ops.LinearWeight;
import dev.sifter.engine.ops.LoraAdapter;
import dev.sifter.engine.tensor.Tensor;

/** A module that can carry a low-rank adapter. */
public sealed interface Adaptable permits LinearLayer, EmbeddingLayer, HeadLayer {

  /** The module path, such as {@code model.layers.0.self_attn.q_proj}. */
  String name();

  /** Elements that go in; the vocabulary of an embedding. */
  int inputs();

  /** Elements that come out; the vocabulary of a head. */
  int outputs();

  /** Its matrix, as W of y = x·Wᵀ; a table's x has a one in the place of each token. */
  LinearWeight linearWeight();

  /** What the factors of an adapter add to that matrix. */
  default LowRankChange change(Tensor a, Tensor b, float scale) {
    return new LowRankChange(a, true, 1, b, true, scale);
  }

  /** The adapter, or null. */
  LoraAdapter adapter();

  /** Attaches an adapter; null detaches. */
  void adapter(LoraAdapter adapter);
}
