package dev.sifter.engine.backend;

/** Pointwise non-linearities, with their derivatives in double precision as the reference. */
public enum ActivationKind {
  /** x: bilinear gates (Shazeer 2020), as in LFM2. */
  IDENTITY,
  /** x·σ(x): Llama, Mistral, Qwen (SwiGLU). */
  SILU,
  /** x·Φ(x) with the error function. */
  GELU,
  /** ½x(1 + tanh(√(2/π)(x + 0.044715x³))): GPT-2, Gemma. */
  GELU_TANH,
  /** max(x, 0): OPT. */
  RELU,
  /** max(x, 0)²: Arcee, Nemotron. */
  RELU_SQUARED,
  /** min(max(x, −1), 1): clips OLMo 1's queries, keys and values. */
  HARD_TANH
}
