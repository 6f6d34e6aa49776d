package dev.sifter.model.chat.jinja;

import java.util.function.Function;

/** Something that a template may call. */
interface PyCallable {
  /** Calls it; a failure is a {@link JinjaException}. */
  Object call(Run run, Args args);

  /** The name of its type in Python. */
  String typeName();

  /** A method of an object, bound to it. */
  static PyCallable method(Function<Args, Object> body) {
    return new PyCallable() {
      @Override
      public Object call(Run run, Args args) {
        return body.apply(args);
      }

      @Override
      public String typeName() {
        return "method";
      }
    };
  }
}
