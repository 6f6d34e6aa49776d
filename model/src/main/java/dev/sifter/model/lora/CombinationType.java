package dev.sifter.model.lora;

import dev.sifter.model.ModelException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How adapters become one: PEFT's {@code combination_type}. */
public enum CombinationType {
  /** Weighted sums of the As and of the Bs, each by √(w·s): exact only for adapters that agree. */
  LINEAR,
  /** The As below each other and the Bs beside each other: exact, at the sum of the ranks. */
  CAT,
  /** The best approximation of the sum of the changes. */
  SVD,
  /** The largest elements of A and B, averaged where most agree in sign. */
  TIES,
  /** As TIES, of the changes themselves. */
  TIES_SVD,
  /** Random elements of A and B, scaled up, summed. */
  DARE_LINEAR,
  /** Random elements of A and B, scaled up, averaged where most agree in sign. */
  DARE_TIES,
  /** As DARE_LINEAR, of the changes themselves. */
  DARE_LINEAR_SVD,
  /** As DARE_TIES, of the changes themselves. */
  DARE_TIES_SVD,
  /** The largest elements of A and B, summed. */
  MAGNITUDE_PRUNE,
  /** As MAGNITUDE_PRUNE, of the changes themselves. */
  MAGNITUDE_PRUNE_SVD;

  /**
   * The type of this name.
   *
   * @throws ModelException if there is none
   */
  public static CombinationType of(String name) {
    for (CombinationType type : values()) {
      if (type.toString().equals(name)) {
        return type;
      }
    }
    throw new ModelException(
        "combination_type is '%s'; it must be one of %s"
            .formatted(
                name,
                Arrays.stream(values()).map(Object::toString).collect(Collectors.joining(", "))));
  }

  /** Whether it works on the changes B·A, which are then brought to a rank again. */
  public boolean onChanges() {
    return name().endsWith("SVD");
  }

  /** Whether it leaves elements out, so that a density is needed. */
  public boolean prunes() {
    return this != LINEAR && this != CAT && this != SVD;
  }

  /** Whether the sign of most decides. */
  public boolean elects() {
    return name().contains("TIES");
  }

  /** Whether what is left out is drawn at random. */
  public boolean draws() {
    return name().startsWith("DARE");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
