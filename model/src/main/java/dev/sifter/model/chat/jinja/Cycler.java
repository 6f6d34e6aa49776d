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
      case "next", "reset" -> new Method(name);
      default -> Undefined.MISSING;
    };
  }

  /** {@code cycler.next} and {@code cycler.reset}. */
  private final class Method implements PyCallable {
    private final String name;

    private Method(String name) {
      this.name = name;
    }

    @Override
    public String typeName() {
      return "method";
    }

    @Override
    public Object call(Run run, Args args) {
      Filters.only("Cycler." + name, args);
      if (name.equals("reset")) {
        position = 0;
        return null;
      }
      Object current = items.array()[position];
      position = (position + 1) % items.size();
      return current;
    }
  }
}
