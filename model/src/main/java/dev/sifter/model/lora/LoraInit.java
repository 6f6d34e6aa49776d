package dev.sifter.model.lora;

import dev.sifter.model.ModelException;

/**
 * How fresh adapters begin: PEFT's {@code init_lora_weights}.
 *
 * @param kind which way
 * @param iterations power iterations of PiSSA's fast decomposition; 0 for an exact one
 */
public record LoraInit(Kind kind, int iterations) {
  /** A uniform in ±1/√in, B zero: the adapter begins as nothing. */
  public static final LoraInit DEFAULT = new LoraInit(Kind.DEFAULT, 0);

  private static final String PISSA_NITER = "pissa_niter_";

  /** The ways to begin. */
  public enum Kind {
    /** A uniform in ±1/√in, B zero. */
    DEFAULT,
    /** A normal with standard deviation 1/r, B zero. */
    GAUSSIAN,
    /** The r largest singular directions of W, which W loses (Meng et al. 2024). */
    PISSA,
    /** The first r directions of W's QR decomposition, which W loses (Büyükakyüz 2024). */
    OLORA,
    /** Random A and B whose product is zero, both a tenth of orthonormal in size. */
    ORTHOGONAL;

    /** Whether W itself is changed, so that base + adapter begins as W. */
    boolean changesBase() {
      return this == PISSA || this == OLORA;
    }
  }

  /**
   * The way that a configuration names.
   *
   * @throws ModelException if there is none
   */
  public static LoraInit of(String name) {
    if (name.startsWith(PISSA_NITER)) {
      String number = name.substring(PISSA_NITER.length());
      if (!number.matches("\\d{1,4}")) {
        throw new ModelException(
            "init_lora_weights is '%s'; a number must follow pissa_niter_".formatted(name));
      }
      return new LoraInit(Kind.PISSA, Integer.parseInt(number));
    }
    return switch (name) {
      case "true" -> DEFAULT;
      case "gaussian" -> new LoraInit(Kind.GAUSSIAN, 0);
      case "pissa" -> new LoraInit(Kind.PISSA, 0);
      case "olora" -> new LoraInit(Kind.OLORA, 0);
      case "orthogonal" -> new LoraInit(Kind.ORTHOGONAL, 0);
      default ->
          throw new ModelException(
              ("init_lora_weights is '%s'; supported are true, gaussian, pissa, pissa_niter_N,"
                      + " olora, orthogonal")
                  .formatted(name));
    };
  }

  /** As configurations name it. */
  @Override
  public String toString() {
    return switch (kind) {
      case DEFAULT -> "true";
      case PISSA -> iterations == 0 ? "pissa" : PISSA_NITER + iterations;
      default -> kind.name().toLowerCase(java.util.Locale.ROOT);
    };
  }
}
