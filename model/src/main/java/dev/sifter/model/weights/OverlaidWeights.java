package dev.sifter.model.weights;

import dev.sifter.engine.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Weights of one source, some of them replaced: by an adapter's own, or by merged ones. */
public final class OverlaidWeights implements WeightSource {
  private final WeightSource base;
  private final Map<String, Tensor> replacements;
  private final String origin;
  private final Runnable onClose;

  /**
   * {@code base} with replacements, closing both.
   *
   * @param origin where the replacements come from, for messages
   * @param onClose ends the replacements' memory
   */
  public OverlaidWeights(
      WeightSource base, Map<String, Tensor> replacements, String origin, Runnable onClose) {
    this.base = base;
    this.replacements = new LinkedHashMap<>(replacements);
    this.origin = origin;
    this.onClose = onClose;
  }

  @Override
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>(base.names());
    names.addAll(replacements.keySet());
    return names;
  }

  @Override
  public Tensor tensor(String name) {
    Tensor replacement = replacements.get(name);
    return replacement != null ? replacement : base.tensor(name);
  }

  @Override
  public String origin() {
    return base.origin() + " with " + origin;
  }

  @Override
  public void close() {
    onClose.run();
    base.close();
  }
}
