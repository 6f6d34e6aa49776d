package dev.sifter.kernels.library.catalog;

import java.util.function.Supplier;

/** A value that is computed when it is first asked for: references, of trials that are compared. */
final class Lazy<T> implements Supplier<T> {
  private Supplier<T> computation;
  private T value;

  private Lazy(Supplier<T> computation) {
    this.computation = computation;
  }

  static <T> Lazy<T> of(Supplier<T> computation) {
    return new Lazy<>(computation);
  }

  @Override
  public T get() {
    if (computation != null) {
      value = computation.get();
      computation = null;
    }
    return value;
  }
}
