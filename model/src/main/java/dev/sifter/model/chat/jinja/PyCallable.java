package dev.sifter.model.chat.jinja;

/** Something that a template may call. */
interface PyCallable {
  /** Calls it; a failure is a {@link JinjaException}. */
  Object call(Run run, Args args);

  /** The name of its type in Python. */
  String typeName();
}
