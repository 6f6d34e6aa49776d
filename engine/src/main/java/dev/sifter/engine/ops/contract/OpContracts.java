package dev.sifter.engine.ops.contract;

import java.util.ArrayList;
import java.util.List;

/** Every op and kernel contract. */
public final class OpContracts {
  private OpContracts() {}

  /** All contracts, in the order of the documentation. */
  public static List<OpContract> all() {
    List<OpContract> contracts = new ArrayList<>();
    contracts.addAll(LinearContracts.all());
    contracts.addAll(AdapterContracts.all());
    contracts.addAll(LengthContracts.all());
    contracts.addAll(NormContracts.all());
    contracts.addAll(AttentionContracts.all());
    contracts.addAll(ConvolutionContracts.all());
    contracts.addAll(PointwiseContracts.all());
    contracts.addAll(LossContracts.all());
    contracts.addAll(OptimizerContracts.all());
    return contracts;
  }

  /**
   * A contract by name.
   *
   * @throws IllegalArgumentException if there is none, with the names there are
   */
  public static OpContract named(String name) {
    List<OpContract> all = all();
    return all.stream()
        .filter(contract -> contract.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no op '%s'; there are %s".formatted(name, all)));
  }
}
