package dev.sifter.train.optim;

import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.backend.Backend;
import java.util.List;

/**
 * Opens update rules by transformers' names for {@code optim}. Those that are paged there differ
 * from the others in where moments lie, not in what is computed.
 */
public final class Optimizers {
  /** The names, of which several mean the same. */
  public static final List<String> NAMES =
      List.of(
          "adamw_torch",
          "adamw_torch_fused",
          "adamw_8bit",
          "adamw_bnb_8bit",
          "paged_adamw_32bit",
          "paged_adamw_8bit",
          "sgd",
          "adafactor",
          "muon");

  private Optimizers() {}

  /**
   * An optimizer that has made no step.
   *
   * @param name one of {@link #NAMES}
   * @param momentum of sgd
   */
  public static Optimizer open(
      String name,
      Backend backend,
      List<Parameter> parameters,
      AdamWConfig config,
      double momentum) {
    return switch (name) {
      case "adamw_torch", "adamw_torch_fused", "paged_adamw_32bit" ->
          new AdamW(backend, parameters, config);
      case "adamw_8bit", "adamw_bnb_8bit", "paged_adamw_8bit" ->
          new AdamW8bit(backend, parameters, config);
      case "sgd" -> new Sgd(backend, parameters, config.weightDecay(), momentum);
      case "adafactor" -> new Adafactor(backend, parameters, config.weightDecay());
      case "muon" -> new Muon(backend, parameters, config);
      default ->
          throw new IllegalArgumentException(
              "optim is %s; it must be one of %s".formatted(name, String.join(", ", NAMES)));
    };
  }
}
