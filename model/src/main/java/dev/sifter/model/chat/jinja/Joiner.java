package dev.sifter.model.chat.jinja;

/** {@code joiner(sep)}: called, it gives nothing the first time, and the separator after that. */
final class Joiner implements PyCallable, Attributed {
  private final Object separator;
  private boolean used;

  Joiner(Object separator) {
    this.separator = separator;
  }

  @Override
  public String typeName() {
    return "Joiner";
  }

  @Override
  public Object attribute(String name) {
    return switch (name) {
      case "sep" -> separator;
      case "used" -> used;
      default -> Undefined.MISSING;
    };
  }

  @Override
  public Object call(Run run, Args args) {
    Filters.only("Joiner.__call__", args);
    Object text = used ? separator : "";
    used = true;
    return text;
  }
}
