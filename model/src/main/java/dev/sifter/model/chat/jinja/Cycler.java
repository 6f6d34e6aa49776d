package dev.sifter.model.chat.jinja;

/** {@code cycler(a, b, ...)}: gives its values in turn, over and over. */
final class Cycler implements Attributed {
  private final PyTuple items;
  private int position;

  /**
   * A cycler.
   *
   * @throws JinjaException where there is no value
   */
  Cycler(PyTuple items) {
    if (items.size() == 0) {
      throw new JinjaException("RuntimeError", "at least one item has to be provided");
    }
    this.items = items;
  }

  @Override
  public Object attribute(String name) {
    return switch (name) {
      case "current" -> items.array()[position];
      case "items" -> items;
      case "pos" -> (long) position;
      case "next" -> PyCallable.method(this::next);
      case "reset" -> PyCallable.method(this::reset);
      default -> Undefined.MISSING;
    };
  }

  private Object next(Args args) {
    Filters.only("Cycler.next", args);
    Object current = items.array()[position];
    position = (position + 1) % items.size();
    return current;
  }

  private Object reset(Args args) {
    Filters.only("Cycler.reset", args);
    position = 0;
    return null;
  }
}
