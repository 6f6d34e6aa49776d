package dev.sifter.model.decoder;

import dev.sifter.engine.ops.LoraAdapter;

/** A module that can carry a low-rank adapter. */
public sealed interface Adaptable permits LinearLayer, EmbeddingLayer, HeadLayer {

  /** The module path, such as {@code model.layers.0.self_attn.q_proj}. */
  String name();

  /** Elements that go in; the vocabulary of an embedding. */
  int inputs();

  /** Elements that come out; the vocabulary of a head. */
  int outputs();

  /** The adapter, or null. */
  LoraAdapter adapter();

  /** Attaches an adapter; null detaches. */
  void adapter(LoraAdapter adapter);
}
