package dev.sifter.engine.ops.contract;

import dev.sifter.engine.tensor.DType;
import java.util.List;

/**
 * The one description of an op. Its reference formula as code is the {@code reference} backend in
 * double precision; its work is what the {@code dryrun} backend counts.
 *
 * @param name lower-case, with hyphens
 * @param formula the forward pass in mathematics, for the documentation
 * @param tolerances one per type that the op is run in
 * @param cases small shapes, chosen to go wrong
 * @param benchmark a shape of real size
 * @param onGpus whether GPUs have kernels for it
 */
public record OpContract(
    String name,
    String formula,
    List<Tolerance> tolerances,
    List<OpCase> cases,
    OpCase benchmark,
    boolean onGpus) {

  /** An op that every backend has. */
  public OpContract(
      String name,
      String formula,
      List<Tolerance> tolerances,
      List<OpCase> cases,
      OpCase benchmark) {
    this(name, formula, tolerances, cases, benchmark, true);
  }

  /**
   * The tolerance of results in a type.
   *
   * @throws IllegalArgumentException if the op is not run in it
   */
  public Tolerance tolerance(DType dtype) {
    return tolerances.stream()
        .filter(tolerance -> tolerance.dtype() == dtype)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("op %s is not run in %s".formatted(name, dtype)));
  }

  @Override
  public String toString() {
    return name;
  }
}
