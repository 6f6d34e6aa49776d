package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;

/**
 * LoRA+ (Hayou et al. 2024): B learns faster than A, by PEFT's rules for who is who. Vectors learn
 * as B does; adapters of embeddings have a rate of their own.
 *
 * @param ratio rate of B over that of A
 * @param embeddingFactor rate of embeddings' adapters over that of A
 */
public record LoraPlus(double ratio, double embeddingFactor) {
  /** What the learning rate of a parameter is multiplied by. */
  public double factor(Parameter parameter) {
    return factor(parameter.name(), parameter.value().shape().rank());
  }

  double factor(String name, int rank) {
    if (name.contains("lora_embedding_")) {
      return embeddingFactor;
    }
    return name.contains("lora_B") || rank == 1 ? ratio : 1;
  }
}
